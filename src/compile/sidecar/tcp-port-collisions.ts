// A host that speaks plain TCP and has no address receives every call on its port that matches no other host. Of two such hosts on one
// port Istio serves only one, so only one of them is imported on it.
import type { Features } from '../../domain/features.ts';
import { coversNamespace, egressHost, isExternalWildcard } from '../../domain/istio/egress-host.ts';
import {
  isSamePort,
  mayLackHostName,
  type RegisteredHost,
  type RegisteredPort,
} from '../../domain/istio/registered-host.ts';
import { byNumber } from '../../domain/order.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import {
  hostsBelowWildcards,
  hostsGrantedBy,
  reachableHosts,
  type Destination,
  type GrantAge,
  type PortConflict,
} from './destination.ts';

type WithoutTcpCollisions = {
  readonly destinations: readonly Destination[];
  /** To be listed next to the wildcards: `~namespace/host`. */
  readonly exclusions: readonly string[];
  readonly conflicts: readonly PortConflict[];
};

/**
 * On each port the host that was granted first stays. A later host is unreachable on that port and keeps its other ports; one that a wildcard
 * imports is excluded or, where that is not possible, the wildcard loses the port.
 */
export function dropTcpCollisions(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  features: Features,
  ageOf: GrantAge,
): WithoutTcpCollisions {
  if (!destinations.some(({ host }) => !coversNamespace(host) && registry(host).some(receivesUnmatchedTcp)))
    return { destinations, exclusions: [], conflicts: [] };
  const claims = claimsOf(destinations, registry, features, ageOf);
  const lost = lostClaims(claims.toSorted(byNumber((claim) => claim.age)));
  const closed = Map.groupBy(
    lost.filter(({ isExcludable }) => !isExcludable),
    ({ destination }) => destination,
  );
  return {
    destinations: destinations.map((destination) =>
      withoutPorts(destination, closed.get(destination) ?? [], registry),
    ),
    exclusions: [...new Set(lost.filter(({ isExcludable }) => isExcludable).map(({ host }) => `~${host}`))],
    conflicts: lost.filter(({ age, isExcludable }) => age < Infinity || !isExcludable).map(conflictOf),
  };
}

/** True for a host that may receive every connection on a port that matches no other host. */
export const receivesUnmatchedTcp = ({ addressing, ports }: RegisteredHost): boolean =>
  addressing === 'name' && ports.some(mayLackHostName);

/** A host that would receive every unmatched connection on a port. */
type PortClaim = {
  readonly destination: Destination;
  readonly host: string;
  readonly port: number;
  /** Of the grant; `Infinity` for what we register for other intents and a wildcard imports along. */
  readonly age: number;
  /** True for a host that a wildcard imports along, if an exclusion keeps it out. */
  readonly isExcludable: boolean;
};

const claimsOf = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  features: Features,
  ageOf: GrantAge,
): readonly PortClaim[] => [
  ...reachableHosts(destinations, registry)
    .filter(({ host }) => receivesUnmatchedTcp(host))
    .flatMap(({ destination, host, ports }) =>
      ports.filter(mayLackHostName).map(({ number }) => ({
        destination,
        host: egressHost(host),
        port: number,
        age: destination.givingWay.includes(number) ? Infinity : ageOf(destination, egressHost(host), number),
        isExcludable: false,
      })),
    ),
  ...claimsBelowWildcards(destinations, registry, features, ageOf),
];

/** In the listener for a port of plain TCP, a host that a wildcard imports along has plain TCP too, whatever its own protocol. */
function claimsBelowWildcards(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  { exclusions }: Features,
  ageOf: GrantAge,
): readonly PortClaim[] {
  const listed = new Map(destinations.map((destination) => [destination.host, destination]));
  const below = hostsBelowWildcards(destinations, registry).filter(({ host }) => host.addressing === 'name');
  return [...Map.groupBy(below, ({ destination }) => destination)].flatMap(([destination, hosts]) => {
    const wildcardPorts = hostsGrantedBy(destination, registry).flatMap((wildcard) => wildcard.ports);
    const isPlainTcp = ({ number }: RegisteredPort): boolean =>
      wildcardPorts.some((port) => port.number === number && mayLackHostName(port));
    return hosts.flatMap(({ host, ports }): PortClaim[] => {
      const own = listed.get(egressHost(host));
      const isExcludable = ({ number }: RegisteredPort): boolean =>
        exclusions && host.nameable && (own === undefined || staysClosed(own, number));
      const isExcludedAnyway = (port: RegisteredPort): boolean =>
        isExcludable(port) && destination.ports === 'every' && !wildcardPorts.some(isSamePort(port));
      return ports
        .filter((port) => isPlainTcp(port) && !isExcludedAnyway(port))
        .map((port) => ({
          destination,
          host: egressHost(host),
          port: port.number,
          age: host.managed ? Infinity : ageOf(destination, egressHost(host), port.number),
          isExcludable: isExcludable(port),
        }));
    });
  });
}

/** True if only the listeners for its other ports list the host, so that an exclusion in that for this port takes no other from it. */
const staysClosed = ({ ports, complete }: Destination, port: number): boolean =>
  ports !== 'every' && !complete && !ports.includes(port);

/** A claim on a port of which another host is the older one. */
type LostClaim = PortClaim & { readonly oldest: string };

/** `claims` are in order of age, the oldest first. */
function lostClaims(claims: readonly PortClaim[]): readonly LostClaim[] {
  const oldestByPort = new Map<number, PortClaim>();
  return claims.flatMap((claim) => {
    const oldest = oldestByPort.get(claim.port) ?? claim;
    oldestByPort.set(claim.port, oldest);
    // Of two hosts of one wildcard, which one gets the calls is up to Istio, as it is without the intent.
    const isWithin =
      oldest.destination === claim.destination && (claim.age < Infinity || !claim.isExcludable);
    return oldest.host === claim.host || isWithin ? [] : [{ ...claim, oldest: oldest.host }];
  });
}

function conflictOf({ destination, host, port, oldest, isExcludable }: LostClaim): PortConflict {
  const reason = { kind: 'listenerConflict', hosts: [oldest], plainTcp: true } as const;
  const closed = isExternalWildcard(destination.host) && !isExcludable ? destination.host : host;
  return { destination, host: closed, port, reason };
}

/** A wildcard of a whole namespace cannot be limited by port: it stays as it is, and only the conflict is reported. */
function withoutPorts(
  destination: Destination,
  lost: readonly LostClaim[],
  registry: ServiceRegistry,
): Destination {
  if (lost.length === 0 || coversNamespace(destination.host)) return destination;
  const unreachable = new Set(lost.map(({ port }) => port));
  const numbers: readonly number[] =
    destination.ports === 'every'
      ? hostsGrantedBy(destination, registry).flatMap(({ ports }) => ports.map(({ number }) => number))
      : destination.ports;
  return { ...destination, ports: numbers.filter((port) => !unreachable.has(port)), complete: false };
}
