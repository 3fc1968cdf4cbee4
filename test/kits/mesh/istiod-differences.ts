// Compares the objects of the API server with those that istiod has read, through istiod's debug interface.
import type { Istiod } from '../control-plane/istiod.ts';
import type { Cluster, KubeObject } from '../../support/cluster.ts';
import type { Pod } from './pods.ts';

/** The kinds that determine Envoy's configuration. */
const ISTIO_KINDS = {
  Sidecar: ['networking.istio.io/v1', 'sidecars'],
  ServiceEntry: ['networking.istio.io/v1', 'serviceentries'],
  VirtualService: ['networking.istio.io/v1', 'virtualservices'],
  DestinationRule: ['networking.istio.io/v1', 'destinationrules'],
  Gateway: ['networking.istio.io/v1', 'gateways'],
  WorkloadEntry: ['networking.istio.io/v1', 'workloadentries'],
  EnvoyFilter: ['networking.istio.io/v1alpha3', 'envoyfilters'],
  PeerAuthentication: ['security.istio.io/v1', 'peerauthentications'],
  AuthorizationPolicy: ['security.istio.io/v1', 'authorizationpolicies'],
  Telemetry: ['telemetry.istio.io/v1', 'telemetries'],
} as const satisfies Readonly<Record<string, readonly [apiVersion: string, plural: string]>>;

/**
 * One line for each object that istiod has not read yet, or still has although it was deleted or changed. Istio objects
 * and Services are compared by resourceVersion, EndpointSlices by their addresses, `pods` by their labels. Routes of the
 * Gateway API are not compared; see `hasReadRoute`.
 */
export async function differences(
  cluster: Cluster,
  istiod: Istiod,
  pods: readonly Pod[],
): Promise<readonly string[]> {
  const [expected, actual] = await Promise.all([factsOfCluster(cluster, pods), factsOfIstiod(istiod, pods)]);
  return [
    ...[...expected].filter((fact) => !actual.has(fact)).map((fact) => `istiod has not read ${fact}`),
    ...[...actual].filter((fact) => !expected.has(fact)).map((fact) => `istiod still has ${fact}`),
  ];
}

async function factsOfCluster(cluster: Cluster, pods: readonly Pod[]): Promise<ReadonlySet<string>> {
  const [services, slices, livePods, ...istio] = await Promise.all([
    cluster.list({ apiVersion: 'v1', plural: 'services' }),
    cluster.list({ apiVersion: 'discovery.k8s.io/v1', plural: 'endpointslices' }),
    cluster.list({ apiVersion: 'v1', plural: 'pods' }),
    ...Object.values(ISTIO_KINDS).map(([apiVersion, plural]) => cluster.list({ apiVersion, plural })),
  ]);
  const podIds = new Set(pods.map(({ name, namespace }) => `${name}.${namespace}`));
  return new Set([
    ...istio.flat().map(versionOf),
    ...services.map(({ metadata }) =>
      serviceFact(hostOf(metadata.name, metadata.namespace), metadata.resourceVersion),
    ),
    ...slices.flatMap(endpointsOf),
    ...livePods
      .map(({ metadata }) => ({
        id: `${metadata.name}.${metadata.namespace}`,
        labels: metadata.labels ?? {},
      }))
      .filter(({ id }) => podIds.has(id))
      .map(({ id, labels }) => labelFact(id, labels)),
  ]);
}

async function factsOfIstiod(istiod: Istiod, pods: readonly Pod[]): Promise<ReadonlySet<string>> {
  const [configs, services, endpoints, proxies] = (await Promise.all(
    ['configz', 'registryz', 'endpointShardz', 'adsz'].map((page) => istiod.debug(`/debug/${page}`)),
  )) as [readonly KubeObject[], readonly RegistryService[], EndpointShards, AdsClients];
  const podIds = new Set(pods.map(({ name, namespace }) => `${name}.${namespace}`));
  return new Set([
    ...configs
      .filter((object) => Object.hasOwn(ISTIO_KINDS, object.kind) && routesOf(object) === '')
      .map(versionOf),
    ...services
      .filter(({ Attributes }) => Attributes.ServiceRegistry === 'Kubernetes')
      .map(({ hostname, ResourceVersion }) => serviceFact(hostname, ResourceVersion)),
    ...Object.entries(endpoints).flatMap(([host, namespaces]) =>
      Object.values(namespaces).flatMap(({ Shards }) =>
        (Shards['Kubernetes/Kubernetes'] ?? []).flatMap(({ Addresses, ServicePortName, EndpointPort }) =>
          Addresses.map((address) => endpointFact(host, ServicePortName, address, EndpointPort)),
        ),
      ),
    ),
    ...(proxies.clients ?? [])
      .map(({ connectionId, labels }) => ({ id: connectionId.replace(/-\d+$/, ''), labels: labels ?? {} }))
      .filter(({ id }) => podIds.has(id))
      .map(({ id, labels }) => labelFact(id, labels)),
  ]);
}

/**
 * True once istiod has read a route of the Gateway API that applies to the mesh, in whatever version: it keeps the
 * VirtualServices that it makes of the route, without the route's resourceVersion.
 */
export async function hasReadRoute(istiod: Istiod, { kind, metadata }: KubeObject): Promise<boolean> {
  const configs = (await istiod.debug('/debug/configz')) as readonly KubeObject[];
  const wanted = `${kind}/${metadata.name}.${metadata.namespace}`;
  return configs.some((object) => routesOf(object).split(',').includes(wanted));
}

/** The routes of which istiod made this object, separated by commas. Empty if it is an object of the API server. */
function routesOf({ metadata }: KubeObject): string {
  return metadata.annotations?.['internal.istio.io/parents'] ?? '';
}

/** The fields of `/debug/registryz`, `/debug/endpointShardz` and `/debug/adsz` that are read here. */
type RegistryService = {
  readonly hostname: string;
  readonly ResourceVersion: string;
  readonly Attributes: { readonly ServiceRegistry: string };
};
type EndpointShards = Readonly<
  Record<
    string, // host
    Readonly<
      Record<
        string, // namespace
        {
          readonly Shards: Readonly<
            Record<
              string, // registry
              readonly {
                readonly Addresses: readonly string[];
                readonly ServicePortName: string;
                readonly EndpointPort: number;
              }[]
            >
          >;
        }
      >
    >
  >
>;
type AdsClients = {
  readonly clients?: readonly {
    readonly connectionId: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
};

function versionOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name} at version ${metadata.resourceVersion}`;
}

function serviceFact(host: string, version: string | undefined): string {
  return `Service ${host} at version ${version}`;
}

function endpointsOf(slice: KubeObject): readonly string[] {
  const { metadata, endpoints, ports } = slice as KubeObject & {
    readonly endpoints?: readonly { readonly addresses: readonly string[] }[];
    readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  };
  const host = hostOf(metadata.labels?.['kubernetes.io/service-name'], metadata.namespace);
  return (endpoints ?? []).flatMap(({ addresses }) =>
    addresses.flatMap((address) =>
      (ports ?? []).map(({ name = '', port = 0 }) => endpointFact(host, name, address, port)),
    ),
  );
}

function endpointFact(host: string, portName: string, address: string, port: number): string {
  return `endpoint ${address}:${port} of ${host} ${portName}`;
}

/** istiod adds the pod's locality to its labels; those labels are left out. */
function labelFact(id: string, labels: Readonly<Record<string, string>>): string {
  const podLabels = Object.entries(labels).filter(([key]) => !key.startsWith('topology.istio.io/'));
  const text = podLabels.map(([key, value]) => `${key}=${value}`).toSorted((a, b) => (a < b ? -1 : 1));
  return `labels ${text.join(',')} of ${id}`;
}

function hostOf(service: string | undefined, namespace: string | undefined): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
