// Builders of Kubernetes and Istio objects for tests that ask the oracle, and a short notation for calls and their outcomes.
import type { KubeObject } from '../../support/cluster.ts';
import type { OracleClient } from './with-oracle.ts';
import type { Probe, Proxy, ProbeResult, ProbeRequest } from './probe-request.ts';

type Spec = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;
/** When an object is created, in seconds after a fixed time; default 0. */
type Created = { readonly at?: number };

/** An object of networking.istio.io/v1. `id` is namespace and name, as in `shop/egress`. */
export function istio(kind: string, id: string, spec: Spec, { at = 0 }: Created = {}): KubeObject {
  return { ...head('networking.istio.io/v1', kind, id, at), spec };
}

/** A route of the Gateway API. */
export function gatewayRoute(
  kind: 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute' | 'TCPRoute',
  id: string,
  spec: Spec,
  { at = 0 }: Created = {},
): KubeObject {
  return { ...head('gateway.networking.k8s.io/v1', kind, id, at), spec };
}

/** A Sidecar with REGISTRY_ONLY. Without labels it has no selector. `egress` is a list of listeners, or the hosts of one. */
export function sidecar(
  id: string,
  labels: Labels | undefined,
  egress: readonly string[] | readonly Spec[],
  options: Created & { readonly policy?: Spec } = {},
): KubeObject {
  const hosts = egress.filter((entry) => typeof entry === 'string');
  return istio(
    'Sidecar',
    id,
    {
      ...(labels === undefined ? {} : { workloadSelector: { labels } }),
      outboundTrafficPolicy: options.policy ?? { mode: 'REGISTRY_ONLY' },
      egress: hosts.length > 0 ? [{ hosts }] : egress,
    },
    options,
  );
}

/** An egress listener with a port; `protocol` may be empty. */
export function listener(number: number, protocol: string, hosts: readonly string[]): Spec {
  return { port: { number, name: `p-${number}`, ...(protocol === '' ? {} : { protocol }) }, hosts };
}

/** A ServiceEntry for one outside host, as the controller writes it. Ports are `443/TLS`. */
export function external(
  space: string,
  host: string,
  ports: readonly string[],
  spec: Spec & Created & { readonly name?: string } = {},
): KubeObject {
  const { at = 0, name = host.replace('*', 'any'), ...rest } = spec;
  return istio(
    'ServiceEntry',
    `${space}/${name}`,
    {
      hosts: [host],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: ports.map((port) => {
        const [number, protocol = ''] = port.split('/');
        return { number: Number(number), name: `${protocol.toLowerCase()}-${number}`, protocol };
      }),
      ...rest,
    },
    { at },
  );
}

/** A ServiceEntry that opens addresses or CIDRs for TCP on one port, under an artificial host. */
export function address(space: string, host: string, addresses: string | readonly string[], port: number) {
  return external(space, host, [`${port}/TCP`], { addresses: [addresses].flat(), resolution: 'NONE' });
}

/** A Kubernetes Service; `clusterIP` may be None. Ports are `80:http` (the name decides the protocol) or `53/UDP:dns`. */
export function service(id: string, clusterIP: string, ports: readonly string[]): KubeObject {
  return {
    ...head('v1', 'Service', id, 0),
    spec: {
      clusterIP,
      ports: ports.map((port) => {
        const [where = '', name] = port.split(':');
        const [number, protocol = 'TCP'] = where.split('/');
        return { name, port: Number(number), protocol };
      }),
    },
  };
}

/** A Service of type ExternalName. */
export function alias(id: string, externalName: string): KubeObject {
  return { ...head('v1', 'Service', id, 0), spec: { type: 'ExternalName', externalName } };
}

/** The EndpointSlice of a Service. Ports are named as in the Service. */
export function endpoints(
  id: string,
  addresses: readonly string[],
  ports: Readonly<Record<string, number>>,
): KubeObject {
  const { metadata, ...rest } = head('discovery.k8s.io/v1', 'EndpointSlice', id, 0);
  return {
    ...rest,
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    endpoints: addresses.map((each) => ({ addresses: [each], conditions: { ready: true } })),
    ports: Object.entries(ports).map(([name, port]) => ({ name, port, protocol: 'TCP' })),
  };
}

export function namespace(name: string, labels: Labels = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function pod(id: string, labels: Labels): KubeObject {
  const { metadata, ...rest } = head('v1', 'Pod', id, 0);
  return {
    ...rest,
    metadata: { ...metadata, labels },
    spec: { containers: [{ name: 'istio-proxy', image: 'proxyv2' }] },
  };
}

/** A pod of namespace `shop` with a sidecar, as the oracle takes it. */
export function proxy(labels: Labels, more: Partial<Proxy> = {}): Proxy {
  return { name: 'pod', namespace: 'shop', labels, ip: '10.44.0.7', ...more };
}

/** Parses a call, as in `http 10.96.0.10:80 api.payments/path`, `tls 1.2.3.4:443 SNI` or `tcp 1.2.3.4:22`. */
export function call(text: string): Probe {
  const [protocol = '', where = '', name = ''] = text.split(' ');
  const colon = where.lastIndexOf(':');
  const to = {
    proxy: 0,
    address: where.slice(0, colon).replaceAll(/[[\]]/g, ''),
    port: Number(where.slice(colon + 1)),
  };
  if (protocol === 'tcp') return { ...to, protocol };
  if (protocol === 'tls') return { ...to, protocol, ...(name === '' ? {} : { sni: name }) };
  if (protocol !== 'http' && protocol !== 'http2') throw new Error(`no protocol in "${text}"`);
  const [host = '', ...path] = name.split('/');
  return { ...to, protocol, ...(host === '' ? {} : { host }), path: `/${path.join('/')}` };
}

/** The cluster that an allowed call leaves for, or the reason why the call is blocked. */
export function outcomeOf(result: ProbeResult): string {
  return result.verdict === 'allowed' ? result.cluster : result.why;
}

/** The outcomes of calls from one proxy, by call. */
export async function outcomesOf(
  oracle: OracleClient,
  { from = proxy({ app: 'checkout' }), ...request }: Partial<ProbeRequest> & { readonly from?: Proxy },
  calls: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const probes = calls.map((text) => call(text));
  const { results } = await oracle.judge({ objects: [], ...request, proxies: [from], probes });
  return Object.fromEntries(results.map((result, i) => [calls[i] ?? '', outcomeOf(result)]));
}

/** The calls whose outcome differs from the expected one, with the outcome that they have. */
export async function unexpectedOutcomes(
  oracle: OracleClient,
  request: Parameters<typeof outcomesOf>[1],
  expected: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const outcomes = Object.entries(await outcomesOf(oracle, request, Object.keys(expected)));
  return Object.fromEntries(outcomes.filter(([text, outcome]) => outcome !== expected[text]));
}

function head(apiVersion: string, kind: string, id: string, at: number): KubeObject {
  const [space, ...name] = id.split('/');
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString().replace('.000Z', 'Z');
  return {
    apiVersion,
    kind,
    metadata: { name: name.join('/'), namespace: space ?? 'default', creationTimestamp },
  };
}
