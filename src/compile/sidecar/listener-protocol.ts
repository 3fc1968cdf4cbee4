// The protocol that the listener for one port declares. It decides for all of its hosts which filters Envoy gets, where without intents each has those
// of its own protocol.
import type { ListenerProtocol } from '../../domain/kinds/sidecar.ts';
import type { FilteredProtocol } from '../../domain/istio/port-protocol.ts';
import { byEach, byKey } from '../../domain/order.ts';
import { unreachable } from '../../domain/result.ts';
import type { HostOnPort, PortListener } from './port-listener.ts';

/** `undefined` for a listener that detects the protocol. */
export function declaredProtocol({ kind, listed }: PortListener): ListenerProtocol | undefined {
  switch (kind) {
    case 'HTTP':
      return filteredOfOldest(listed) ?? 'HTTP';
    case 'TLS':
      return 'TLS';
    case 'sniffed':
      return undefined;
    case 'TCP':
    case 'TCP-any':
      // As TCP, Istio would ignore the tls routes of VirtualServices and apply their tcp routes.
      if (kind === 'TCP' && listed.every(({ port }) => port.class === 'tls')) return 'TLS';
      return filteredOfAll(listed) ?? 'TCP';
    default:
      return unreachable(kind);
  }
}

/** Hosts of the listener for whose protocol Envoy gets no filter from it, though it has one without intents. */
export const withoutFilter = (listener: PortListener): readonly HostOnPort[] =>
  // All HTTP of a port number shares its filters in any case.
  listener.kind === 'HTTP'
    ? []
    : listener.listed.filter(
        ({ port: { filtered } }) => filtered !== undefined && filtered !== declaredProtocol(listener),
      );

/** Source: istio/istio pilot/pkg/model/push_context.go, SortServicesByCreationTime. */
const oldestFirst = byEach<HostOnPort>(
  byKey(({ host }) => host.creationTimestamp),
  byKey(({ host }) => host.host),
);

/**
 * All HTTP of a port number has the filters of the first host there. A host that only intents register is not there without them. Source: istio/istio
 * pilot/pkg/networking/core/listener.go, buildSidecarOutboundListener.
 */
function filteredOfOldest(listed: readonly HostOnPort[]): FilteredProtocol | undefined {
  const [oldest] = listed
    .filter(({ host, port }) => !host.managed && port.class === 'http')
    .toSorted(oldestFirst);
  return oldest?.port.filtered;
}

function filteredOfAll(listed: readonly HostOnPort[]): FilteredProtocol | undefined {
  const [first, ...others] = listed.map(({ port: { filtered } }) => filtered);
  return others.every((each) => each === first) ? first : undefined;
}
