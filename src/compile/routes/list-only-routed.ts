// Granted hosts that only a VirtualService knows. Envoy answers for them on port 80, where it has a listener for all HTTP of that port; a Sidecar gets
// that listener only with some registered host. Source: istio/istio pilot/pkg/networking/core/listener.go, buildSidecarOutboundListeners and
// buildSidecarOutboundHTTPListenerOpts.
import { partsOf } from '../../domain/istio/egress-host.ts';
import { sharesRoutes } from '../../domain/istio/registered-host.ts';
import { serviceOfHost } from '../../domain/istio/service-host.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import { isOnlyRouted } from '../mesh/only-routed.ts';
import { protocolOfWord } from '../../domain/istio/port-protocol.ts';
import type { MeshView, ServiceRegistry } from '../mesh/service-registry.ts';
import type { Destination, PortConflict } from '../sidecar/destination.ts';
import { withFurtherHosts, type EgressListeners, type ScopeListener } from '../sidecar/egress-listeners.ts';

export type HeardListeners = EgressListeners & {
  /** Such hosts for which Envoy has no listener. */
  readonly unheard: readonly PortConflict[];
};

/** The same listeners; one for HTTP on port 80 lists these hosts too. */
export function listRoutedHosts(all: EgressListeners, view: MeshView): HeardListeners {
  const registered = { ...all, conflicts: all.conflicts.filter((conflict) => isLoss(conflict, view)) };
  const { listeners } = registered;
  const portless = listeners.filter(({ spec }) => spec.port === undefined);
  const unlimited = portless.flatMap(({ destinations }) => destinations);
  const routed = unlimited.filter((destination) => isRouted(destination, view));
  const own = listeners.find(({ spec }) => spec.port?.number === UNREGISTERED_PORT);
  const isHeard =
    own === undefined
      ? unlimited.some((destination) => sharesListener(destination, view.registry))
      : protocolOfWord(own.spec.port?.protocol ?? '').class === 'http';
  if (!isHeard) return { ...registered, unheard: routed.map(conflictOf) };
  const extended = listeners.map((each) => (each === own ? withDestinations(each, routed) : each));
  return { ...registered, listeners: extended, unheard: [] };
}

/** False for a wildcard that is not listed, if no VirtualService knows it either. */
function isLoss({ host, reason }: PortConflict, { snapshot }: MeshView): boolean {
  const { namespace, name } = partsOf(host);
  return reason.kind !== 'registeredBelow' || isOnlyRouted(namespace, name, snapshot);
}

const withDestinations = (listener: ScopeListener, added: readonly Destination[]): ScopeListener => ({
  ...withFurtherHosts(
    listener,
    added.map(({ host }) => host),
  ),
  destinations: [...listener.destinations, ...added],
});

const conflictOf = (destination: Destination): PortConflict => ({
  destination,
  host: destination.host,
  port: UNREGISTERED_PORT,
  reason: { kind: 'noHttpListener' },
});

function isRouted({ host }: Destination, { registry, snapshot }: MeshView): boolean {
  const { namespace, name } = partsOf(host);
  if (serviceOfHost(name, snapshot.settings.clusterDomain) !== undefined) return false;
  return registry(host).length === 0 && isOnlyRouted(namespace, name, snapshot);
}

/** True if Envoy listens for all HTTP on port 80 once the destination is imported, not only for that of its own addresses. */
const sharesListener = ({ host }: Destination, registry: ServiceRegistry): boolean =>
  registry(host).some((registered) =>
    registered.ports.some((port) => port.number === UNREGISTERED_PORT && sharesRoutes(registered, port)),
  );
