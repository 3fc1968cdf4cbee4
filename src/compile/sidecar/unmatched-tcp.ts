// Hosts at which connections of plain TCP end that match no other entry: those without an address, of which a port has at most one.
import { egressHost } from '../../domain/istio/egress-host.ts';
import { mayLackHostName } from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { reachableHosts, type Destination, type PortConflict } from './destination.ts';
import { receivesUnmatchedTcp } from './tcp-port-collisions.ts';

type UnmatchedTcp = { readonly destination: Destination; readonly host: string; readonly port: number };

/**
 * Not those that send a connection to the address that the client dialled: `HostSpoofable` tells of these. `conflicts` are those of the same
 * destinations.
 */
export function unmatchedTcp(
  destinations: readonly Destination[],
  conflicts: readonly PortConflict[],
  registry: ServiceRegistry,
): readonly UnmatchedTcp[] {
  const candidates = destinations.filter(({ host }) => registry(host).some(receivesUnmatchedTcp));
  const lost = new Set(conflicts.map(({ host, port }) => `${host} ${port}`));
  return reachableHosts(candidates, registry)
    .filter(({ host }) => receivesUnmatchedTcp(host) && !host.passthrough)
    .flatMap(({ destination, host, ports }) =>
      ports
        .filter((port) => mayLackHostName(port) && !lost.has(`${egressHost(host)} ${port.number}`))
        .map(({ number }) => ({ destination, host: egressHost(host), port: number })),
    );
}
