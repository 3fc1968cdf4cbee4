// A host that speaks plain TCP and has no address receives every call on its port that matches no other host. Of two such hosts on one
// port Istio serves only one, so only one of them is listed on it.
import { egressHost, isWildcard } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost, RegisteredPort } from '../../domain/istio/registered-host.ts';
import { byNumber } from '../../domain/order.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { reachableHosts, type Destination, type GrantAge, type PortConflict } from './destination.ts';

type WithoutTcpCollisions = {
  readonly destinations: readonly Destination[];
  readonly conflicts: readonly PortConflict[];
};

/** On each port the host that was granted first stays. A later host is unreachable on that port and keeps its other ports. */
export function dropTcpCollisions(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  age: GrantAge,
): WithoutTcpCollisions {
  if (!destinations.some(({ host }) => !isWildcard(host) && registry(host).some(receivesUnmatchedTcp))) {
    return { destinations, conflicts: [] };
  }
  const oldestByPort = new Map<number, string>();
  const conflicts = new Map<Destination, PortConflict[]>();
  const claims = claimsOf(destinations, registry);
  for (const { destination, host, port } of claims.toSorted(
    byNumber((claim) => age(claim.destination, claim.host)),
  )) {
    const oldest = oldestByPort.get(port);
    if (oldest === undefined || oldest === host) {
      oldestByPort.set(port, host);
      continue;
    }
    const reason = { kind: 'listenerConflict', hosts: [oldest], plainTcp: true } as const;
    conflicts.set(destination, [...(conflicts.get(destination) ?? []), { destination, host, port, reason }]);
  }
  return {
    destinations: destinations.map((destination) =>
      withoutPorts(destination, conflicts.get(destination) ?? [], registry),
    ),
    conflicts: [...conflicts.values()].flat(),
  };
}

/** A connection on such a port may carry no host name: plain TCP, or TCP that Envoy sniffs. */
const mayLackHostName = ({ class: portClass }: RegisteredPort): boolean =>
  portClass === 'tcp' || portClass === 'auto';

const receivesUnmatchedTcp = ({ addressing, ports }: RegisteredHost): boolean =>
  addressing === 'name' && ports.some(mayLackHostName);

type HostPortClaim = { readonly destination: Destination; readonly host: string; readonly port: number };

const claimsOf = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly HostPortClaim[] =>
  reachableHosts(destinations, registry)
    .filter(({ host }) => receivesUnmatchedTcp(host))
    .flatMap(({ destination, host, ports }) =>
      ports
        .filter(mayLackHostName)
        .map(({ number }) => ({ destination, host: egressHost(host), port: number })),
    );

/** A wildcard cannot be limited by port: it stays as it is, and only the conflict is reported. */
function withoutPorts(
  destination: Destination,
  conflicts: readonly PortConflict[],
  registry: ServiceRegistry,
): Destination {
  if (conflicts.length === 0 || isWildcard(destination.host)) return destination;
  const unreachable = new Set(conflicts.map(({ port }) => port));
  const numbers: readonly number[] =
    destination.ports === 'every'
      ? registry(destination.host).flatMap(({ ports }) => ports.map(({ number }) => number))
      : destination.ports;
  return { ...destination, ports: numbers.filter((port) => !unreachable.has(port)), complete: false };
}
