// A host as Istio's service registry knows it, from a Service or a ServiceEntry: its ports, their protocol classes, and how Envoy tells its
// traffic from other traffic. This decides which listeners a Sidecar can have for it.
import type { LiveServiceEntry } from '../kinds/service-entry.ts';
import type { Service } from '../kinds/service.ts';
import { isWildcardName } from './egress-host.ts';
import { isNameable } from './nameable.ts';
import { isUdp, protocolOfServicePort, protocolOfWord, type PortProtocol } from './port-protocol.ts';
import { serviceHost } from './service-host.ts';

export type RegisteredPort = PortProtocol & { readonly number: number };

/** True for two ports that Envoy treats alike: same number, same class. */
export const isSamePort =
  (a: RegisteredPort) =>
  (b: RegisteredPort): boolean =>
    a.number === b.number && a.class === b.class;

/**
 * True if a call for the name of the host, as it is made on another port with the same number, ends at this port. At an address of its own, TCP and TLS
 * take whatever is spoken; HTTP is found by its name, also where Envoy detects it. A range is no address of its own: calls to all of it would get through.
 */
export const answersLike = (
  { addressing }: RegisteredHost,
  port: RegisteredPort,
  other: RegisteredPort,
): boolean =>
  port.number === other.number &&
  (port.class === other.class ||
    (mayBeHttp(port) && mayBeHttp(other)) ||
    (port.class !== 'http' && addressing === 'address'));

const mayBeHttp = ({ class: portClass }: RegisteredPort): boolean =>
  portClass === 'http' || portClass === 'auto';

/** A connection on such a port may carry no host name: plain TCP, or TCP that Envoy sniffs. */
export const mayLackHostName = ({ class: portClass }: RegisteredPort): boolean =>
  portClass === 'tcp' || portClass === 'auto';

/** Envoy matches calls to such a port by the address, where its host has one: TCP and TLS. */
export const isMatchedByAddress = ({ class: portClass }: RegisteredPort): boolean =>
  portClass === 'tcp' || portClass === 'tls';

/** True if Envoy takes calls of a wildcard on this port to a host below it: it goes by the name, not only by an address of the wildcard. */
export const isTakenBelow = (
  { addressing }: RegisteredHost,
  port: RegisteredPort,
  below: RegisteredHost,
): boolean =>
  (addressing !== 'address' || !isMatchedByAddress(port)) &&
  below.ports.some((other) => answersLike(below, other, port));

/**
 * How Envoy distinguishes traffic for the host from other traffic on the same port:
 * - `address`: by an address of the host, for which it has a listener
 * - `per-pod`: headless; TCP by the address of each pod, HTTP by name
 * - `name`: by the Host header or the SNI; TCP not at all
 * - `range`: by a range of addresses
 */
export type Addressing = 'address' | 'per-pod' | 'name' | 'range';

export type RegisteredHost = {
  readonly namespace: string;
  /** In lower case; `*.example.com` for a wildcard. */
  readonly host: string;
  /** Of the object that registers it, RFC 3339; empty where it is not known. */
  readonly creationTimestamp: string;
  readonly addressing: Addressing;
  /** True if a ServiceEntry gives it more than one: a listener that detects the protocol serves its HTTP at the first only. */
  readonly severalAddresses: boolean;
  /** In order of number, without UDP, which Istio does not carry. */
  readonly ports: readonly RegisteredPort[];
  /** Numbers that no listener can be limited to, since Istio uses the first port with a number and that one is UDP. */
  readonly udpFirst: readonly number[];
  /** True if Envoy sends a call to whatever address the client dialled (ORIGINAL_DST). */
  readonly passthrough: boolean;
  /** True if a Sidecar may list the host by its name, and exclude it. */
  readonly nameable: boolean;
  /** True if we register the host, and so decide its ports. */
  readonly managed: boolean;
};

/**
 * True if a client that spoofs the name of the host on this port reaches an address of its own choice. A host with an address cannot be
 * spoofed, except with HTTP, which is matched by the Host header whatever the address.
 */
export const isSpoofable = ({ passthrough, addressing }: RegisteredHost, port: RegisteredPort): boolean =>
  passthrough && (port.class === 'http' || addressing === 'name');

/**
 * True if HTTP calls to the port share the routes of all HTTP on its number. Where Envoy detects the protocol at the addresses of a host, the routes are
 * for that host alone.
 */
export const sharesRoutes = ({ addressing }: RegisteredHost, port: RegisteredPort): boolean =>
  port.class === 'http' || (port.class === 'auto' && addressing === 'name');

/** `undefined` for an ExternalName Service, which has no traffic itself. */
export function hostOfService(service: Service, clusterDomain: string): RegisteredHost | undefined {
  if (service.kind === 'external-name') return undefined;
  const { namespace, name, creationTimestamp, ports } = service;
  const firsts = new Map(ports.toReversed().map((port) => [port.number, port]));
  return {
    namespace,
    host: serviceHost(name, namespace, clusterDomain),
    creationTimestamp,
    addressing: service.kind === 'headless' ? 'per-pod' : 'address',
    severalAddresses: false,
    ports: inOrder(
      ports
        .filter((port) => !isUdp(port))
        .map((port) => ({ number: port.number, ...protocolOfServicePort(port) })),
    ),
    udpFirst: [...firsts.values()].filter(isUdp).map(({ number }) => number),
    passthrough: service.kind === 'headless',
    nameable: true,
    managed: false,
  };
}

type RegisteringEntry = Pick<LiveServiceEntry, 'hosts' | 'addresses' | 'resolution' | 'ports' | 'managed'> &
  Partial<Pick<LiveServiceEntry, 'labels' | 'creationTimestamp'>>;

/**
 * The label of a ServiceEntry that gets no address. Source: istio/istio
 * pilot/pkg/networking/serviceentry/ip_autoallocation.go.
 */
const AUTO_ALLOCATE = 'networking.istio.io/enable-autoallocate-ip';

/** One for each host of the ServiceEntry. With DNS capture, sidecars use the address that istiod allocates to a name. */
export function hostsOfServiceEntry(
  namespace: string,
  { hosts, addresses, resolution, ports, managed, labels = {}, creationTimestamp = '' }: RegisteringEntry,
  dnsCapture: boolean,
): readonly RegisteredHost[] {
  const isAllocated = dnsCapture && labels[AUTO_ALLOCATE]?.toLowerCase() !== 'false';
  return hosts.map((host) => ({
    namespace,
    host,
    creationTimestamp,
    addressing: addressingOf(host, addresses, resolution, isAllocated),
    severalAddresses: addresses.length > 1,
    ports: inOrder(
      ports
        .filter(({ protocol }) => protocol.toUpperCase() !== 'UDP')
        .map(({ number, protocol }) => ({ number, ...protocolOfWord(protocol) })),
    ),
    udpFirst: [],
    passthrough: resolution === 'NONE',
    nameable: isNameable(`${namespace}/${host}`),
    managed,
  }));
}

/** The same for one host; `undefined` if it is none of the ServiceEntry. */
export const hostOfServiceEntry = (
  namespace: string,
  entry: RegisteringEntry,
  host: string,
  dnsCapture: boolean,
): RegisteredHost | undefined =>
  entry.hosts.includes(host)
    ? hostsOfServiceEntry(namespace, { ...entry, hosts: [host] }, dnsCapture)[0]
    : undefined;

function addressingOf(
  host: string,
  addresses: readonly string[],
  resolution: string,
  isAllocated: boolean,
): Addressing {
  if (addresses.some((address) => address.includes('/'))) return 'range';
  if (addresses.length > 0) return 'address';
  const allocated = isAllocated && resolution !== 'NONE' && !isWildcardName(host);
  return allocated ? 'address' : 'name';
}

/** Of several ports with one number, as of TCP and SCTP, a listener that is limited to it serves the first. */
const inOrder = (ports: readonly RegisteredPort[]): readonly RegisteredPort[] =>
  [...new Map(ports.toReversed().map((port) => [port.number, port])).values()].toSorted(
    (a, b) => a.number - b.number,
  );
