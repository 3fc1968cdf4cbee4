// Ports of no declared protocol whose address is the client's to choose: HTTP on them is told by the Host header alone as soon as an
// HTTP host shares the number, since all HTTP of one number goes through one listener for any address.
import { reachableHosts, type Destination } from './destination.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';

/** Of one scope. */
export function spoofableHosts(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly SpoofableHost[] {
  if (!destinations.some(({ host }) => registry(host).some(isSniffed))) return [];
  const allowed = reachableHosts(destinations, registry);
  const http = new Set(
    allowed.flatMap(({ ports }) =>
      ports.filter(({ class: of }) => of === 'http').map(({ number }) => number),
    ),
  );
  return allowed
    .filter(({ host }) => host.passthrough)
    .filter(({ ports }) => ports.some(({ number, class: of }) => of === 'auto' && http.has(number)))
    .map(({ destination, host }) => ({ destination, host: egressHost(host) }));
}

const isSniffed = ({ passthrough, ports }: RegisteredHost): boolean =>
  passthrough && ports.some(({ class: of }) => of === 'auto');

export type SpoofableHost = { readonly destination: Destination; readonly host: string };
