// Ports of no declared protocol whose address is the client's to choose: HTTP on them is told by the Host header alone as soon as an
// HTTP host shares the number, since all HTTP of one number goes through one listener for any address.
import { reachableOf, type Destination } from './destination.ts';
import { listed } from '../../domain/istio/egress-host.ts';
import type { RegistryHost } from '../../domain/istio/registered-host.ts';
import type { Registry } from '../mesh/service-registry.ts';

/** Of one scope. */
export function forgeableIn(destinations: readonly Destination[], registry: Registry): readonly Spoofable[] {
  if (!destinations.some(({ host }) => registry(host).some(isSniffed))) return [];
  const allowed = reachableOf(destinations, registry);
  const http = new Set(
    allowed.flatMap(({ ports }) =>
      ports.filter(({ class: of }) => of === 'http').map(({ number }) => number),
    ),
  );
  return allowed
    .filter(({ host }) => host.passthrough)
    .filter(({ ports }) => ports.some(({ number, class: of }) => of === 'auto' && http.has(number)))
    .map(({ destination, host }) => ({ destination, host: listed(host) }));
}

const isSniffed = ({ passthrough, ports }: RegistryHost): boolean =>
  passthrough && ports.some(({ class: of }) => of === 'auto');

export type Spoofable = { readonly destination: Destination; readonly host: string };
