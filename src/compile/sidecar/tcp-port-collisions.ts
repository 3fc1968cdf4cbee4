// A host that speaks plain TCP and has no address of its own takes every call on its port that nothing else claims. Of two such hosts
// on one port Istio serves only one, so only one is named.
import { byNumber } from '../../domain/order.ts';
import type { RegisteredHost, RegisteredPort } from '../../domain/istio/registered-host.ts';
import { reachableHosts, type Destination, type GrantAge, type PortConflict } from './destination.ts';
import { isWildcard, egressHost } from '../../domain/istio/egress-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';

export type WithoutTcpCollisions = {
  readonly destinations: readonly Destination[];
  readonly conflicts: readonly PortConflict[];
};

/** On each port the host that was granted first stays; a later one loses the port and keeps its others. */
export function dropTcpCollisions(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  rank: GrantAge,
): WithoutTcpCollisions {
  if (!destinations.some(({ host }) => !isWildcard(host) && registry(host).some(takesAnyAddress))) {
    return { destinations, conflicts: [] };
  }
  const claims = claimsOf(destinations, registry);
  const holders = new Map<number, string>();
  const lost = new Map<Destination, PortConflict[]>();
  for (const { destination, host, port } of claims.toSorted(
    byNumber((claim) => rank(claim.destination, claim.host)),
  )) {
    const holder = holders.get(port);
    if (holder === undefined || holder === host) {
      holders.set(port, host);
      continue;
    }
    const loss: PortConflict = {
      destination,
      host,
      port,
      reason: { kind: 'listenerConflict', hosts: [holder], plainTcp: true },
    };
    lost.set(destination, [...(lost.get(destination) ?? []), loss]);
  }
  return {
    destinations: destinations.map((destination) =>
      withoutPorts(destination, lost.get(destination) ?? [], registry),
    ),
    conflicts: [...lost.values()].flat(),
  };
}

/** Told by name where there is none. */
const hasNoHostName = ({ class: of }: RegisteredPort): boolean => of === 'tcp' || of === 'auto';
const takesAnyAddress = ({ addressing, ports }: RegisteredHost): boolean =>
  addressing === 'name' && ports.some(hasNoHostName);

type HostPortClaim = { readonly destination: Destination; readonly host: string; readonly port: number };

const claimsOf = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly HostPortClaim[] =>
  reachableHosts(destinations, registry)
    .filter(({ host }) => takesAnyAddress(host))
    .flatMap(({ destination, host, ports }) =>
      ports
        .filter(hasNoHostName)
        .map(({ number }) => ({ destination, host: egressHost(host), port: number })),
    );

/** A pattern cannot be kept from a port; it stays as it is, and the loss is told. */
function withoutPorts(
  destination: Destination,
  losses: readonly PortConflict[],
  registry: ServiceRegistry,
): Destination {
  if (losses.length === 0 || isWildcard(destination.host)) return destination;
  const taken = new Set(losses.map(({ port }) => port));
  const all: readonly number[] =
    destination.ports === 'every' ? registry(destination.host).flatMap(portNumbers) : destination.ports;
  return { ...destination, ports: all.filter((port) => !taken.has(port)), complete: false };
}

const portNumbers = ({ ports }: RegisteredHost): readonly number[] => ports.map(({ number }) => number);
