// Reports what VirtualServices do to granted calls: routes that are followed, routes that lead where nothing is granted, and routes that the
// Sidecar does not import.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { Route, RouteDestination } from '../../domain/kinds/virtual-service.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { areRelated, routesKey, routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Destination, ReachableHost } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { HostOnPort } from '../sidecar/port-listener.ts';
import type { UnfollowedRoute } from '../routes/followed-routes.ts';
import { importedRoutes } from '../routes/imported-routes.ts';
import { isGrantedEnd, scopeCalls, type ScopeCalls } from '../routes/scope-calls.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import type { AffectedHost } from './affected-host.ts';
import { calledHosts } from './called-hosts.ts';
import { displacedHosts, lostEnds } from './lost-ends.ts';
import { importedAlong, openedHosts, type Calls } from './side-effects.ts';
import { tlsAsTcp } from './tls-as-tcp.ts';
import { endText, unreachableEnds } from './unreachable-ends.ts';

export function virtualServiceInterference(
  { sidecar, destinations, listeners, routedListeners, unfollowedRoutes, unheard }: ScopeSidecar,
  view: MeshView,
): readonly AffectedHost[] {
  const { scope, spec } = sidecar;
  const byListener = spec.egress.map(({ hosts }) => importedRoutes(hosts, view.snapshot));
  const imported = new Map(byListener.flat().map((routes) => [routesKey(routes), routes] as const));
  const unfollowed = unfollowedRoutes.map(unfollowedHost);
  if (imported.size === 0) return unfollowed;
  const calls = {
    ...withSniffed(scopeCalls(destinations, listeners.conflicts, view), listeners.sniffed),
    scope,
  };
  const listed = spec.egress.flatMap(({ hosts }) => hosts);
  const displaced = displacedHosts(routedListeners, calls, view);
  const unreachable = [
    ...unreachableEnds(spec.egress, new Set(displaced.map(({ host }) => partsOf(host).name)), calls),
    ...[...imported.values()].flatMap((routes) => lostEnds(routes, { ...calls, listed }, view)),
  ];
  const asTcp = { ...calls, callable: withTcp(calls.callable, routedListeners) };
  const affected = [...imported.values()].flatMap((routes) =>
    affectedBy(routes, asTcp).filter(({ host }) => !unheard.some((each) => each.host === host)),
  );
  return [
    ...unfollowed,
    ...withoutContradicted(affected, [...unreachable, ...unfollowed]),
    ...[...imported.values()].flatMap((routes) => importedAlong(routes, calls)),
    ...openedHosts(listeners.listeners, calls, view.registry),
    ...displaced,
    ...routedListeners.flatMap((listener) => tlsAsTcp(listener, calls)),
    ...unreachable,
  ];
}

/** A port whose listener detects the protocol may carry any, whatever its host declares. */
const withSniffed = (calls: ScopeCalls, sniffed: readonly HostOnPort[]): ScopeCalls => ({
  ...calls,
  callable: calls.callable.map((reachable) => ({
    ...reachable,
    ports: reachable.ports.map((port) =>
      sniffed.some(({ host, port: { number } }) => host === reachable.host && number === port.number)
        ? { ...port, class: 'auto' as const }
        : port,
    ),
  })),
});

/** A TLS host of a listener for TCP, or of one that detects the protocol: `tcp` routes apply to it, as `tlsAsTcp` tells. */
const withTcp = (
  callable: readonly ReachableHost[],
  listeners: readonly ScopeListener[],
): readonly ReachableHost[] =>
  callable.map((reachable) => ({
    ...reachable,
    ports: reachable.ports.map((port) =>
      port.class === 'tls' &&
      listeners.some(
        ({ spec, destinations }) =>
          spec.port?.number === port.number &&
          (spec.port.protocol ?? 'TCP') === 'TCP' &&
          destinations.includes(reachable.destination),
      )
        ? { ...port, class: 'tcp' as const }
        : port,
    ),
  }));

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
  const matching = calledHosts(names, areRelated, calls).filter(({ ports }) => ports.length > 0);
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
  const isNamed = ({ host, aliases }: Destination): boolean =>
    [host, ...aliases].some((listed) => routes.names.some((name) => areRelated(name, partsOf(listed).name)));
  return calls.destinations.filter(isNamed).map((destination) => ({
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

/** Without notes about ends that cannot be reached, and about routes that are not followed. */
const withoutContradicted = (
  affected: readonly AffectedHost[],
  contradicting: readonly AffectedHost[],
): readonly AffectedHost[] =>
  affected.filter(
    ({ host, diagnostic }) =>
      diagnostic.code !== 'RouteFollowed' ||
      !contradicting.some(
        (other) =>
          other.host === host &&
          ((other.diagnostic.code === 'RouteEndUnreachable' &&
            other.diagnostic.route === diagnostic.route &&
            isEnd(diagnostic.destination, other.diagnostic.destination)) ||
            (other.diagnostic.code === 'RouteNotFollowed' && other.diagnostic.route === diagnostic.route)),
      ),
  );

/** A route that names no port leads to that which a finding names. */
const isEnd = (destination: string, found: string): boolean =>
  found === destination || found.startsWith(`${destination}:`);
