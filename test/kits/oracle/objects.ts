// Hand-written objects for the tests of the oracle, and a short notation for calls and verdicts.
import type { KubeObject } from '../../support/cluster.ts';
import type { OracleClient } from './with-oracle.ts';
import type { Probe, Proxy, ProbeResult, ProbeRequest } from './probe-request.ts';

type Spec = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;
/** Seconds after an arbitrary day: the larger, the younger. */
type Made = { readonly at?: number };

/** The namespace and the name, as in `shop/egress`. */
export function istio(kind: string, id: string, spec: Spec, { at = 0 }: Made = {}): KubeObject {
  return { ...head('networking.istio.io/v1', kind, id, at), spec };
}

/** A Sidecar with REGISTRY_ONLY and, unless the labels are absent, a selector. `egress` may be bare hosts. */
export function sidecar(
  id: string,
  labels: Labels | undefined,
  egress: readonly string[] | readonly Spec[],
  made: Made & { readonly policy?: Spec } = {},
): KubeObject {
  const hosts = egress.filter((entry) => typeof entry === 'string');
  return istio(
    'Sidecar',
    id,
    {
      ...(labels === undefined ? {} : { workloadSelector: { labels } }),
      outboundTrafficPolicy: made.policy ?? { mode: 'REGISTRY_ONLY' },
      egress: hosts.length > 0 ? [{ hosts }] : egress,
    },
    made,
  );
}

/** An egress listener with a port. */
export function listener(number: number, protocol: string, hosts: readonly string[]): Spec {
  return { port: { number, name: `p-${number}`, ...(protocol === '' ? {} : { protocol }) }, hosts };
}

/** A ServiceEntry for one outside host, in the manner that the controller writes them. Ports are `443/TLS`. */
export function external(
  space: string,
  host: string,
  ports: readonly string[],
  spec: Spec & Made & { readonly name?: string } = {},
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

/** One address or CIDR, opened for TCP under a made-up host. */
export function address(space: string, host: string, addresses: string | readonly string[], port: number) {
  return external(space, host, [`${port}/TCP`], { addresses: [addresses].flat(), resolution: 'NONE' });
}

/** A Kubernetes Service; `clusterIP` may be None. Ports are `80:http` (the name decides the protocol), UDP `53/UDP:dns`. */
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

/** What makes a Service known by another name. */
export function alias(id: string, externalName: string): KubeObject {
  return { ...head('v1', 'Service', id, 0), spec: { type: 'ExternalName', externalName } };
}

/** The addresses behind a Service, with its ports by their names. */
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

/** A pod of namespace `shop` with a sidecar. */
export function proxy(labels: Labels, more: Partial<Proxy> = {}): Proxy {
  return { name: 'pod', namespace: 'shop', labels, ip: '10.44.0.7', ...more };
}

/** A call, as in `http 10.96.0.10:80 api.payments/path`, `tls 1.2.3.4:443 SNI` or `tcp 1.2.3.4:22`. */
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

/** A verdict in a word: the cluster that an allowed call leaves for, or why it is blocked. */
export function word(verdict: ProbeResult): string {
  return verdict.verdict === 'allowed' ? verdict.cluster : verdict.why;
}

/** The verdicts of the calls of one proxy, each under its call. */
export async function verdictsOf(
  oracle: OracleClient,
  { from = proxy({ app: 'checkout' }), ...world }: Partial<ProbeRequest> & { readonly from?: Proxy },
  calls: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const probes = calls.map((text) => call(text));
  const { results } = await oracle.judge({ objects: [], ...world, proxies: [from], probes });
  return Object.fromEntries(results.map((verdict, i) => [calls[i] ?? '', word(verdict)]));
}

/** The calls whose verdict is not the expected one, each with what it is instead. */
export async function surprisesIn(
  oracle: OracleClient,
  world: Parameters<typeof verdictsOf>[1],
  expected: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const verdicts = Object.entries(await verdictsOf(oracle, world, Object.keys(expected)));
  return Object.fromEntries(verdicts.filter(([text, verdict]) => verdict !== expected[text]));
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
