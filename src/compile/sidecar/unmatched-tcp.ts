// Hosts at which connections of plain TCP end that match no other entry: those without an address, of which a port has at most one.
import { egressHost } from '../../domain/istio/egress-host.ts';
import { protocolOfWord } from '../../domain/istio/port-protocol.ts';
import { mayLackHostName } from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { reachableHosts, type Destination } from './destination.ts';
import type { EgressListeners } from './egress-listeners.ts';
import { receivesUnmatchedTcp } from './tcp-port-collisions.ts';

type UnmatchedTcp = { readonly destination: Destination; readonly host: string; readonly port: number };

/**
 * Not those that send a connection to the address that the client dialled: `HostSpoofable` tells of these. The listeners are those of the same
 * destinations.
 */
export function unmatchedTcp(
  destinations: readonly Destination[],
  { conflicts, listeners }: Pick<EgressListeners, 'conflicts' | 'listeners'>,
  registry: ServiceRegistry,
): readonly UnmatchedTcp[] {
  const candidates = destinations.filter(({ host }) => registry(host).some(receivesUnmatchedTcp));
  const lost = new Set(conflicts.map(({ host, port }) => `${host} ${port}`));
  const isHttpOnly = (host: string, number: number): boolean =>
    listeners.some(
      ({ spec: { port, hosts } }) =>
        port?.number === number &&
        protocolOfWord(port.protocol ?? '').class === 'http' &&
        hosts.includes(host),
    );
  return reachableHosts(candidates, registry)
    .filter(({ host }) => receivesUnmatchedTcp(host) && !host.passthrough)
    .flatMap(({ destination, host, ports }) =>
      ports
        .filter(mayLackHostName)
        .map(({ number }) => ({ destination, host: egressHost(host), port: number }))
        .filter((each) => !lost.has(`${each.host} ${each.port}`) && !isHttpOnly(each.host, each.port)),
    );
}
