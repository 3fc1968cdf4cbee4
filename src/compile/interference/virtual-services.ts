// Reports what VirtualServices do to granted calls: routes that are followed, routes that lead where nothing is granted, and routes that the
// Sidecar does not import.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { Route, RouteDestination } from '../../domain/kinds/virtual-service.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routesKey, routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Destination, ReachableHost } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { HostOnPort } from '../sidecar/port-listener.ts';
import type { UnfollowedRoute } from '../routes/followed-routes.ts';
import { importedRoutes } from '../routes/imported-routes.ts';
import { isGrantedEnd, scopeCalls, withCallable, type ScopeCalls } from '../routes/scope-calls.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import type { AffectedHost } from './affected-host.ts';
import { calledHosts } from './called-hosts.ts';
import { contradictedBy } from './contradicted.ts';
import { displacedHosts, lostEnds } from './lost-ends.ts';
import { routedRisks } from './routed-ends.ts';
import { importedAlong, openedHosts, type Calls } from './side-effects.ts';
import { tlsAsTcp } from './tls-as-tcp.ts';
import { endText, unreachableEnds } from './unreachable-ends.ts';

export function virtualServiceInterference(
  { sidecar, destinations, listeners, routedListeners, unfollowedRoutes, unheard }: ScopeSidecar,
  view: MeshView,
): readonly AffectedHost[] {
  const { scope, spec } = sidecar;
  const byListener = spec.egress.map(({ port, hosts }) => ({
    port,
    routes: importedRoutes(hosts, view.snapshot),
  }));
  const imported = new Map(
    byListener.flatMap(({ routes }) => routes.map((each) => [routesKey(each), each] as const)),
  );
  const unfollowed = unfollowedRoutes.map(unfollowedHost);
  if (imported.size === 0) return unfollowed;
  const calls = {
    ...withSniffed(scopeCalls(destinations, listeners.conflicts, view), listeners.sniffed),
    scope,
  };
  const listed = spec.egress.flatMap(({ hosts }) => hosts);
  const displaced = displacedHosts(routedListeners, calls, view);
  const unreachable = [
    ...unreachableEnds(byListener, new Set(displaced.map(({ host }) => partsOf(host).name)), calls),
    ...[...imported.values()].flatMap((routes) => lostEnds(routes, { ...calls, listed }, view)),
  ];
  const asTcp = withCallable(calls, withTcp(calls.callable, routedListeners));
  const contradicted = contradictedBy([...unreachable, ...unfollowed]);
  const led = [...imported.values()].flatMap((routes) => ledCalls(routes, asTcp, contradicted, view));
  return [
    ...unfollowed,
    ...led.filter(({ host }) => !unheard.some((each) => each.host === host)),
    ...[...imported.values()].flatMap((routes) => importedAlong(routes, calls)),
    ...openedHosts(listeners.listeners, calls, view.registry),
    ...displaced,
    ...routedListeners.flatMap((listener) => tlsAsTcp(listener, calls)),
    ...unreachable,
  ];
}

/** Where a VirtualService leads calls, without ends that cannot be reached. */
const ledCalls = (
  routes: VisibleRoutes,
  calls: Calls,
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

/** A TLS host of a listener for TCP, or of one that detects the protocol: `tcp` routes apply to it, as `tlsAsTcp` tells. */
function withTcp(
  callable: readonly ReachableHost[],
  listeners: readonly ScopeListener[],
): readonly ReachableHost[] {
  const ofTcp = new Map(
    listeners
      .filter(({ spec: { port } }) => port !== undefined && (port.protocol ?? 'TCP') === 'TCP')
      .map(({ spec, destinations }) => [spec.port?.number, new Set(destinations)]),
  );
  return callable.map((reachable) => ({
    ...reachable,
    ports: reachable.ports.map((port) =>
      port.class === 'tls' && ofTcp.get(port.number)?.has(reachable.destination) === true
        ? { ...port, class: 'tcp' as const }
        : port,
    ),
  }));
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
function affectedBy(routes: VisibleRoutes, calls: Calls): readonly AffectedHost[] {
  const { virtualService, names } = routes;
  const { scope, snapshot } = calls;
  const matching = calledHosts(names, 'related', calls).filter(({ ports }) => ports.length > 0);
  return applicableRoutes(virtualService, scope.selector, snapshot).flatMap((route) =>
    route.destinations.flatMap((end): readonly AffectedHost[] => {
      if (matching.length === 0) return unregisteredHosts(routes, end, calls);
      return matching
        .map((reachable) => ({ ...reachable, numbers: calledPorts(reachable, route) }))
        .filter(({ numbers }) => numbers.length > 0 && !isGrantedEnd(end, numbers, calls))
        .map(({ destination, host }) => ({
          destination,
          host: egressHost(host),
          diagnostic: routeDiagnostic(routes, end, destination, snapshot),
        }));
    }),
  );
}

const calledPorts = ({ ports }: ReachableHost, route: Route): readonly number[] =>
  ports.filter((port) => appliesToPort(route, port)).map(({ number }) => number);

/** Istio makes virtual hosts on port 80 for names that no Service or ServiceEntry registers. */
function unregisteredHosts(
  routes: VisibleRoutes,
  end: RouteDestination,
  calls: Calls,
): readonly AffectedHost[] {
  if (isGrantedEnd(end, [80], calls)) return [];
  const listed = new Set(calls.listedByName.related(routes.names).map(({ destination }) => destination));
  return [...listed].map((destination) => ({
    destination,
    host: destination.host,
    diagnostic: routeDiagnostic(routes, end, destination, calls.snapshot),
  }));
}

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
