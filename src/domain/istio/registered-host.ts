// What Istio knows of a host, whoever told it: on which ports, in which class of protocol, and how it tells its traffic from other
// traffic. From this follows what a Sidecar can say of it.
import type { Service, ServicePort } from '../kinds/service.ts';
import type { LiveServiceEntry } from '../kinds/service-entry.ts';

/**
 * The class decides what kind of listener Istio makes. `auto` is a port of no declared protocol, which Envoy sniffs.
 * Source: istio/istio pkg/config/protocol/instance.go, pilot/pkg/networking/networking.go.
 */
export type PortClass = 'http' | 'tls' | 'tcp' | 'auto';

export type RegisteredPort = { readonly number: number; readonly class: PortClass };

/** Whether two ports are one to a client: the same number, in the same class of protocol. */
export const isSamePort =
  (a: RegisteredPort) =>
  (b: RegisteredPort): boolean =>
    a.number === b.number && a.class === b.class;

/**
 * How traffic to the host is told from other traffic on the same port:
 * - `address`: by an address of its own, so it has a listener of its own
 * - `per-pod`: headless; TCP by the address of each pod, HTTP by name
 * - `name`: by the Host header or the SNI, and TCP not at all
 * - `range`: by a range of addresses
 */
export type Addressing = 'address' | 'per-pod' | 'name' | 'range';

export type RegisteredHost = {
  readonly namespace: string;
  /** In lower case; `*.example.com` for a wildcard. */
  readonly host: string;
  readonly addressing: Addressing;
  /** In order of number. UDP is left out: Istio does not carry it. */
  readonly ports: readonly RegisteredPort[];
  /** Port numbers that cannot be singled out, since Istio takes the first port of a number and that is UDP. */
  readonly udpFirst: readonly number[];
  /** Whether Istio sends a call on to whatever address the client dialled. */
  readonly passthrough: boolean;
  /** Whether it is registered by us, so that its ports are ours to change. */
  readonly managed: boolean;
};

/**
 * Whether a client that forges the host's name on this port reaches an address of its own choice. Of a host that is told by its
 * address there is nothing to forge, except by HTTP, which is told by the Host header whatever the address.
 */
export const isSpoofable = ({ passthrough, addressing }: RegisteredHost, port: RegisteredPort): boolean =>
  passthrough && (port.class === 'http' || addressing === 'name');

const HTTP = new Set(['http', 'http2', 'grpc', 'grpc-web', 'http_proxy']);
const TLS = new Set(['https', 'tls']);
const TCP = new Set(['tcp', 'mongo', 'redis', 'mysql']);

/** Clients of these wait for the server to speak first, so Istio never sniffs them. */
const SERVER_FIRST = new Set([25, 53, 3306, 27017]);

const KUBERNETES_PROTOCOLS: Readonly<Record<string, PortClass>> = {
  'kubernetes.io/h2c': 'http',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'tls',
};

/** The class of a protocol as a ServiceEntry writes it; a word that Istio does not know counts as none. */
function classOfProtocol(protocol: string): PortClass {
  const word = protocol.toLowerCase();
  if (HTTP.has(word)) return 'http';
  if (TLS.has(word)) return 'tls';
  return TCP.has(word) ? 'tcp' : 'auto';
}

/** The class of a Service's port. Source: istio/istio pkg/config/kube/conversion.go, ConvertProtocol. */
function classOfServicePort({ name, number, appProtocol }: ServicePort): PortClass {
  const known = KUBERNETES_PROTOCOLS[appProtocol];
  if (known !== undefined) return known;
  const text = (appProtocol === '' ? name : appProtocol).toLowerCase();
  const word = text.startsWith('grpc-web') ? 'grpc-web' : (text.split('-')[0] ?? '');
  const found = classOfProtocol(word);
  return found === 'auto' && SERVER_FIRST.has(number) ? 'tcp' : found;
}

/** `undefined` for an ExternalName, which has no ports and no traffic of its own. */
export function hostOfService(service: Service, clusterDomain: string): RegisteredHost | undefined {
  if (service.kind === 'external-name') return undefined;
  const { namespace, name, ports } = service;
  const firsts = new Map(ports.toReversed().map((port) => [port.number, port]));
  return {
    namespace,
    host: `${name}.${namespace}.svc.${clusterDomain}`,
    addressing: service.kind === 'headless' ? 'per-pod' : 'address',
    ports: inOrder(
      ports
        .filter(({ protocol }) => protocol !== 'UDP')
        .map((port) => ({ number: port.number, class: classOfServicePort(port) })),
    ),
    udpFirst: [...firsts.values()].filter(({ protocol }) => protocol === 'UDP').map(({ number }) => number),
    passthrough: service.kind === 'headless',
    managed: false,
  };
}

/** One for each host of a ServiceEntry. With DNS capture, sidecars use the address that istiod allocates to a name. */
export function hostsOfServiceEntry(
  namespace: string,
  {
    hosts,
    addresses,
    resolution,
    ports,
    managed,
  }: Pick<LiveServiceEntry, 'hosts' | 'addresses' | 'resolution' | 'ports' | 'managed'>,
  dnsCapture: boolean,
): readonly RegisteredHost[] {
  return hosts.map((host) => ({
    namespace,
    host: host.toLowerCase(),
    addressing: addressingOf(host, addresses, resolution, dnsCapture),
    ports: inOrder(
      ports
        .filter(({ protocol }) => protocol.toUpperCase() !== 'UDP')
        .map(({ number, protocol }) => ({ number, class: classOfProtocol(protocol) })),
    ),
    udpFirst: [],
    passthrough: resolution === 'NONE',
    managed,
  }));
}

function addressingOf(
  host: string,
  addresses: readonly string[],
  resolution: string,
  dnsCapture: boolean,
): Addressing {
  if (addresses.some((address) => address.includes('/'))) return 'range';
  if (addresses.length > 0) return 'address';
  const allocated = dnsCapture && resolution !== 'NONE' && !host.startsWith('*.');
  return allocated ? 'address' : 'name';
}

const inOrder = (ports: readonly RegisteredPort[]): readonly RegisteredPort[] =>
  [...new Map(ports.map((port) => [port.number, port])).values()].toSorted((a, b) => a.number - b.number);
