// Reports what VirtualServices do to granted calls: routes that are followed, routes that lead where nothing is granted, and routes that the
// Sidecar does not import.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { partsOf } from '../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Destination } from '../sidecar/destination.ts';
import type { HostOnPort } from '../sidecar/port-listener.ts';
import type { UnfollowedRoute } from '../routes/followed-routes.ts';
import { isGrantedEnd, scopeCalls, withCallable, type ScopeCalls } from '../routes/scope-calls.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import type { AffectedHost } from './affected-host.ts';
import { callsTo, carriedCalls, routedPorts, type CarriedCalls } from './called-hosts.ts';
import { contradictedBy } from './contradicted.ts';
import { displacedHosts, lostEnds } from './lost-ends.ts';
import { routedRisks } from './routed-ends.ts';
import { importedAlong, openedHosts } from './side-effects.ts';
import { omittedNames } from './tls/omitted-names.ts';
import { tlsAsTcp } from './tls/tls-as-tcp.ts';
import { endText, unreachableEnds } from './unreachable-ends.ts';

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
  const displaced = displacedHosts(routedListeners, calls, view);
  const unreachable = [
    ...unreachableEnds(carried, new Set(displaced.map(({ host }) => partsOf(host).name)), calls),
    ...carried.flatMap((each) =>
      each.imported.flatMap((routes) => lostEnds(routes, { ...each, listed }, view)),
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
        .map((call) => ({ ...call, numbers: numbersOf(routedPorts(call, route, routes, calls)) }))
        .filter(({ numbers }) => numbers.length > 0 && !isGrantedEnd(end, numbers, calls))
        .map(({ destination, host }) => ({
          destination,
          host,
          diagnostic: routeDiagnostic(routes, end, destination, snapshot),
        })),
    ),
  );
}

const numbersOf = (ports: readonly RegisteredPort[]): readonly number[] => ports.map(({ number }) => number);

/** A note for a route that is followed for the destination, or for a further name of it; any other was imported for another host. */
const routeDiagnostic = (
  routes: VisibleRoutes,
  end: RouteDestination,
  destination: Destination,
  snapshot: Snapshot,
): EntryDiagnostic => ({
  code: isFollowedFor(routes.virtualService.namespace, destination, snapshot)
    ? 'RouteFollowed'
    : 'VirtualServiceReroutes',
  route: routeTitle(routes.virtualService),
  destination: endText(end),
});
