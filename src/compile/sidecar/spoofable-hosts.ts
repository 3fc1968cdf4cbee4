// Finds hosts that a client can spoof because of another grant of the scope: on a port without a declared protocol, HTTP is matched by the
// Host header alone as soon as an HTTP host shares the number, since one listener for any address handles all HTTP of a number.
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { reachableHosts, type Destination } from './destination.ts';

/** A host for which a client that spoofs its name reaches an address of its own choice. */
export type SpoofableHost = { readonly destination: Destination; readonly host: string };

/** In the order of the destinations of one scope. */
export function spoofableHosts(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly SpoofableHost[] {
  if (!destinations.some(({ host }) => registry(host).some(isSniffedPassthrough))) return [];
  const reachable = reachableHosts(destinations, registry);
  const httpPorts = new Set(
    reachable.flatMap(({ ports }) =>
      ports.filter(({ class: portClass }) => portClass === 'http').map(({ number }) => number),
    ),
  );
  return reachable
    .filter(({ host }) => host.passthrough)
    .filter(({ ports }) =>
      ports.some(({ number, class: portClass }) => portClass === 'auto' && httpPorts.has(number)),
    )
    .map(({ destination, host }) => ({ destination, host: egressHost(host) }));
}

const isSniffedPassthrough = ({ passthrough, ports }: RegisteredHost): boolean =>
  passthrough && ports.some(({ class: portClass }) => portClass === 'auto');
