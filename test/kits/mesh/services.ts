// The Services of the mesh: their objects, endpoints, DNS names and iptables rules. The rules replace kube-proxy for pods
// without a sidecar and for connections that Envoy passes through to a ClusterIP; Envoy routes to endpoints itself.
import type { Cluster, KubeObject } from '../../support/cluster.ts';
import type { Names } from './dns.ts';
import type { Network, Translation } from './network.ts';

/** Istio takes the protocol from `name`: `http`, `tcp-db`, `tls`... The default of `targetPort` is `port`. */
export type ServicePort = {
  readonly name: string;
  readonly port: number;
  readonly targetPort?: number;
  readonly protocol?: 'TCP' | 'UDP';
};

/** A pod of the mesh, or any other address. */
export type Endpoint = {
  readonly ip: string;
  readonly pod?: { readonly name: string; readonly namespace: string };
};

export type ServiceOptions = {
  readonly name: string;
  readonly namespace: string;
  /** Default: port 80, named `http`. */
  readonly ports?: readonly ServicePort[];
  readonly endpoints: readonly Endpoint[];
  /** No ClusterIP: the name resolves to the endpoints. Default false. */
  readonly headless?: boolean;
  /** A fixed ClusterIP. Default: the API server allocates one. */
  readonly clusterIp?: string;
};

export type Service = {
  /** `NAME.NAMESPACE.svc.cluster.local`. */
  readonly host: string;
  /** Absent for a headless Service. */
  readonly clusterIp?: string;
  /** Replaces its endpoints. */
  readonly setEndpoints: (endpoints: readonly Endpoint[]) => Promise<void>;
  readonly remove: () => Promise<void>;
};

export type Services = {
  readonly add: (options: ServiceOptions) => Promise<Service>;
  /** Removes the address from every Service. */
  readonly withdraw: (ip: string) => Promise<void>;
};

type LiveService = {
  readonly options: ServiceOptions & { readonly ports: readonly ServicePort[] };
  readonly clusterIp: string | undefined;
  readonly endpoints: readonly Endpoint[];
};

/** Returns functions that add Services and change their endpoints. */
export function makeServices(cluster: Cluster, names: Names, network: Network): Services {
  const live = new Map<string, LiveService>();
  let rulesLoaded = Promise.resolve();

  /** Loads the rules one set after the other, so that those of the newest state are loaded last. */
  const translate = (): Promise<void> => {
    rulesLoaded = rulesLoaded.then(() => network.translate([...live.values()].flatMap(translationsOf)));
    return rulesLoaded;
  };
  const publish = async (host: string, service: LiveService): Promise<void> => {
    live.set(host, service);
    const { clusterIp, endpoints } = service;
    await Promise.all([
      cluster.apply(endpointSliceOf(service)),
      names.set(host, clusterIp === undefined ? endpoints.map(({ ip }) => ip) : [clusterIp]),
      translate(),
    ]);
  };

  return {
    add: async (given) => {
      const options = { ...given, ports: given.ports ?? [{ name: 'http', port: 80 }] };
      const host = `${options.name}.${options.namespace}.svc.cluster.local`;
      const made = await cluster.apply(serviceOf(options));
      const { clusterIP } = made['spec'] as { readonly clusterIP: string };
      const clusterIp = options.headless ? undefined : clusterIP;
      await publish(host, { options, clusterIp, endpoints: options.endpoints });
      return {
        host,
        ...(clusterIp === undefined ? {} : { clusterIp }),
        setEndpoints: (endpoints) => publish(host, { options, clusterIp, endpoints }),
        remove: async () => {
          live.delete(host);
          const { name, namespace } = options;
          await cluster.remove({
            apiVersion: 'discovery.k8s.io/v1',
            plural: 'endpointslices',
            namespace,
            name,
          });
          await cluster.remove({ apiVersion: 'v1', plural: 'services', namespace, name });
          await Promise.all([names.set(host, []), translate()]);
        },
      };
    },
    withdraw: async (ip) => {
      const affected = [...live].filter(([, { endpoints }]) =>
        endpoints.some((endpoint) => endpoint.ip === ip),
      );
      for (const [host, service] of affected) {
        const endpoints = service.endpoints.filter((endpoint) => endpoint.ip !== ip);
        await publish(host, { ...service, endpoints });
      }
    },
  };
}

function serviceOf({ name, namespace, ports, headless, clusterIp }: LiveService['options']): KubeObject {
  const address = headless ? 'None' : clusterIp;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      ...(address === undefined ? {} : { clusterIP: address }),
      ports: ports.map(({ name: portName, port, targetPort = port, protocol = 'TCP' }) => ({
        name: portName,
        port,
        targetPort,
        protocol,
      })),
    },
  };
}

function endpointSliceOf({ options, endpoints }: LiveService): KubeObject {
  const { name, namespace, ports } = options;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: ports.map(({ name: portName, port, targetPort = port, protocol = 'TCP' }) => ({
      name: portName,
      port: targetPort,
      protocol,
    })),
    endpoints: endpoints.map(({ ip, pod }) => ({
      addresses: [ip],
      conditions: { ready: true, serving: true, terminating: false },
      ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', name: pod.name, namespace: pod.namespace } }),
    })),
  };
}

/** As in kube-proxy, each endpoint gets an equal share of the connections. */
function translationsOf({ options, clusterIp, endpoints }: LiveService): readonly Translation[] {
  if (clusterIp === undefined) return [];
  return options.ports.flatMap(({ port, targetPort = port, protocol = 'TCP' }) =>
    endpoints.map(({ ip }, index) => {
      const probability = 1 / (endpoints.length - index); // of the connections that no earlier rule has taken
      return { clusterIp, protocol, port, ip, targetPort, probability };
    }),
  );
}
