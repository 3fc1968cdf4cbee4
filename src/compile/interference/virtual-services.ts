// Reports what VirtualServices do to granted calls: routes that are followed, routes that lead where nothing is granted, and routes that the
// Sidecar does not import.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, partsOf } from '../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { answeringEntry } from '../grants/followed-registration.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { registeredWildcardsAbove } from '../mesh/answering-entry.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { HostOnPort } from '../sidecar/port-listener.ts';
import { isFollowed } from '../routes/deciding-routes.ts';
import type { UnfollowedRoute } from '../routes/followed-routes.ts';
import { isGrantedEnd, scopeCalls, withCallable, type ScopeCalls } from '../routes/scope-calls.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import type { AffectedHost } from './affected-host.ts';
import { callsTo, carriedCalls, routedPorts, type Call, type CarriedCalls } from './called-hosts.ts';
import { contradictedBy } from './contradicted.ts';
import { ignoredWildcards } from './ignored-wildcards.ts';
import { displacedHosts, lostEnds } from './lost-ends.ts';
import { routedRisks } from './routed-ends.ts';
import { importedAlong, openedHosts } from './side-effects.ts';
import { omittedNames } from './tls/omitted-names.ts';
import { tlsAsTcp } from './tls/tls-as-tcp.ts';
import { endText, importsOf, unreachableEnds } from './unreachable-ends.ts';

export function virtualServiceInterference(
  { sidecar, destinations, listeners, routedListeners, unfollowedRoutes, unheard }: ScopeSidecar,
  view: MeshView,
): readonly AffectedHost[] {
  const { scope, spec } = sidecar;
  const unfollowed = unfollowedRoutes.map(unfollowedHost);
  const calls = {
    ...withSniffed(scopeCalls(destinations, listeners.conflicts, view), listeners.sniffed),
    scope,
  };
  const carried = carriedCalls(spec.egress, calls);
  if (carried.every(({ imported }) => imported.length === 0)) return unfollowed;
  const listed = spec.egress.flatMap(({ hosts }) => hosts);
  const imports = carried.map(importsOf);
  const displaced = displacedHosts(routedListeners, calls, view);
  const unreachable = [
    ...unreachableEnds(imports, new Set(displaced.map(({ host }) => partsOf(host).name)), calls),
    ...carried.flatMap((each) =>
      each.imported.flatMap((routes) => lostEnds(routes, { ...each, listed, imports }, view)),
    ),
  ];
  const contradicted = contradictedBy([...unreachable, ...unfollowed]);
  const led = carried.flatMap((each) =>
    each.imported.flatMap((routes) => ledCalls(routes, each, contradicted, view)),
  );
  return [
    ...unfollowed,
    ...led.filter(({ host }) => !unheard.some((each) => each.host === host)),
    ...carried.flatMap((each) => each.imported.flatMap((routes) => importedAlong(routes, each))),
    ...openedHosts(listeners.listeners, calls, view.registry),
    ...displaced,
    ...routedListeners.flatMap((listener) => tlsAsTcp(listener, calls)),
    ...carried.flatMap(omittedNames),
    ...carried.flatMap((each) => each.imported.flatMap((routes) => ignoredWildcards(routes, each))),
    ...unreachable,
  ];
}

/** Where a VirtualService leads calls, without ends that cannot be reached. */
const ledCalls = (
  routes: VisibleRoutes,
  calls: CarriedCalls,
  contradicted: ReturnType<typeof contradictedBy>,
  view: MeshView,
): readonly AffectedHost[] => [
  ...affectedBy(routes, calls).filter(
    ({ host, diagnostic }) => diagnostic.code !== 'RouteFollowed' || !contradicted({ host, ...diagnostic }),
  ),
  ...routedRisks(routes, calls, view).filter(
    ({ host, route, end }) => !contradicted({ host, route, destination: endText(end) }),
  ),
];

/** A port whose listener detects the protocol may carry any, whatever its host declares. */
function withSniffed(calls: ScopeCalls, sniffed: readonly HostOnPort[]): ScopeCalls {
  if (sniffed.length === 0) return calls;
  const byHost = Map.groupBy(sniffed, ({ host }) => host);
  const isSniffed = (host: HostOnPort['host'], number: number): boolean =>
    byHost.get(host)?.some(({ port }) => port.number === number) === true;
  return withCallable(
    calls,
    calls.callable.map((reachable) => ({
      ...reachable,
      ports: reachable.ports.map((port) =>
        isSniffed(reachable.host, port.number) ? { ...port, class: 'auto' as const } : port,
      ),
    })),
  );
}

const unfollowedHost = ({ destination, host, virtualService, reason }: UnfollowedRoute): AffectedHost => ({
  destination,
  host,
  diagnostic: {
    code: 'RouteNotFollowed',
    route: routeTitle(virtualService),
    namespace: virtualService.namespace,
    host,
    reason,
  },
});

/** Reports every end of a route that is not granted. */
function affectedBy(routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] {
  const { scope, snapshot } = calls;
  const called = callsTo(routes, calls);
  return applicableRoutes(routes.virtualService, scope.selector, snapshot).flatMap((route) =>
    route.destinations.flatMap((end): readonly AffectedHost[] =>
      called
        .map((call) => ({ call, ports: routedPorts(call, route, routes, calls) }))
        .filter(({ ports }) => ports.length > 0 && !isGrantedEnd(end, numbersOf(ports), calls))
        .flatMap(({ call, ports }) =>
          routeDiagnostics(routes, end, { call, ports }, snapshot).map((diagnostic) => ({
            destination: call.destination,
            host: call.host,
            diagnostic,
          })),
        ),
    ),
  );
}

const numbersOf = (ports: readonly RegisteredPort[]): readonly number[] => ports.map(({ number }) => number);

/** A note where the route is followed for a name by which the host is called; for any other, the VirtualService was imported along. */
function routeDiagnostics(
  routes: VisibleRoutes,
  end: RouteDestination,
  { call, ports }: Omit<RoutedCall, 'names'>,
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  const { destination } = call;
  const { namespace: provider } = partsOf(call.host);
  const about = { route: routeTitle(routes.virtualService), destination: endText(end) };
  const isFollowedBy = call.names.map((name) =>
    isFollowed(routes, { name, provider, destination }, snapshot),
  );
  return [...new Set(isFollowedBy)].map((followed): EntryDiagnostic => {
    if (!followed) return { code: 'VirtualServiceReroutes', ...about };
    const isOnlyNow = isRoutedOnlyNow({ call, ports, names: routes.names }, snapshot);
    return { code: 'RouteFollowed', ...about, ...(isOnlyNow ? { onlyNow: true } : {}) };
  });
}

/** A call, its ports on which a route applies, and the names of the VirtualService. */
type RoutedCall = {
  readonly call: Call;
  readonly ports: readonly RegisteredPort[];
  readonly names: readonly string[];
};

/**
 * True if nobody registers the host without the intents. Then Istio routes only HTTP on port 80 for it; if a wildcard above it is registered, also what
 * goes by the connection, and HTTP where the VirtualService is for that wildcard.
 */
function isRoutedOnlyNow({ call: { reachable }, ports, names }: RoutedCall, snapshot: Snapshot): boolean {
  if (reachable?.host.managed !== true) return false;
  const { host } = reachable.host;
  const isRegistered = (name: string): boolean => answeringEntry(name, [], snapshot) !== undefined;
  if (isRegistered(host)) return false;
  const wildcards = registeredWildcardsAbove(host, snapshot).filter(isRegistered);
  const isFor = (wildcard: string): boolean => names.some((name) => covers(name, wildcard));
  return ports.some((port) =>
    port.class === 'http'
      ? port.number !== UNREGISTERED_PORT && !wildcards.some(isFor)
      : wildcards.length === 0,
  );
}
