// What a VirtualService that a Sidecar imports for one host does beside: it routes other granted hosts too, and lets calls through for hosts that are
// not granted.
import { covers, egressHost, isExternalWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { Route, VirtualService } from '../../domain/kinds/virtual-service.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import { targetOfAlias } from '../mesh/service-names.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { areRelated, routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { carriedFurther, carriedNames, type CarriedName } from '../routes/carried-names.ts';
import { outdone } from '../routes/closest-routes.ts';
import { isFollowed } from '../routes/deciding-routes.ts';
import { importedRoutes } from '../routes/imported-routes.ts';
import { carriedByName, namesOpened } from '../routes/opened-names.ts';
import { asListed, type ReachableHost } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { AffectedHost } from './affected-host.ts';
import { callsTo, routedPorts, type Calls, type CarriedCalls } from './called-hosts.ts';

/**
 * Routes that are not followed for a host apply to it all the same where the listener that carries it imports their VirtualService for another host; where
 * they do not, it may still keep those for a wildcard away.
 */
export const importedAlong = (routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] => [
  ...forRegistered(routes, calls),
  ...forAliases(routes, calls),
];

function forRegistered(routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] {
  const { virtualService, names } = routes;
  const { carried, scope, snapshot } = calls;
  const applicable = applicableRoutes(virtualService, scope.selector, snapshot);
  return carried.related(names).flatMap((reachable): readonly AffectedHost[] => {
    const { destination, host: registered, ports } = reachable;
    const host = egressHost(registered);
    const { namespace: provider, host: name } = registered;
    if (isFollowed(routes, { name, provider, destination }, snapshot)) return [];
    const about = { code: 'RouteImportedAlong', route: routeTitle(virtualService), host } as const;
    const applies = applicable.some(
      (route) =>
        isAppliedTo(registered.host, route, names) &&
        routedPorts({ host, ports }, route, routes, calls).length > 0,
    );
    if (applies) return [{ destination, host, diagnostic: about }];
    const kept = keptAway(routes, reachable, calls);
    return kept === undefined
      ? []
      : [{ destination, host, diagnostic: { ...about, kept: routeTitle(kept) } }];
  });
}

/** The same for the names of ExternalName Services, which nobody registers. */
function forAliases(routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] {
  const { virtualService } = routes;
  const { carried, scope, snapshot } = calls;
  const http = applicableRoutes(virtualService, scope.selector, snapshot).filter(
    ({ protocol }) => protocol === 'http',
  );
  return callsTo(routes, calls)
    .filter(
      ({ reachable, ports }) =>
        reachable === undefined && ports.some((port) => http.some((route) => appliesToPort(route, port))),
    )
    .flatMap(({ destination, names, ports }) =>
      destination.aliases
        .filter((alias) => {
          const { namespace: provider, name } = partsOf(alias);
          return (
            names.includes(name) &&
            !isFollowed(routes, { name, provider, destination }, snapshot) &&
            carried
              .named(targetOfAlias(name, snapshot) ?? '')
              .some((target) => target.destination === destination && haveSameNumber(target.ports, ports))
          );
        })
        .map((host) => ({
          destination,
          host,
          diagnostic: { code: 'RouteImportedAlong', route: routeTitle(virtualService), host },
        })),
    );
}

const haveSameNumber = (some: readonly RegisteredPort[], others: readonly RegisteredPort[]): boolean =>
  some.some(({ number }) => others.some((other) => other.number === number));

/** The VirtualService that would route the calls of a host by HTTP, if this one, whose name is closer, were not imported. */
function keptAway(
  routes: VisibleRoutes,
  { destination, host, ports }: ReachableHost,
  { imported, scope, snapshot }: CarriedCalls,
): VirtualService | undefined {
  const listed = asListed(destination, egressHost(host));
  const isOutdoneHere = outdone([routes]);
  const isTrusted = ({ virtualService: { namespace } }: VisibleRoutes): boolean =>
    isFollowedFor(namespace, listed, snapshot);
  const less = imported.filter((other) => isOutdoneHere(host.host, other) && isTrusted(other));
  if (less.length === 0) return undefined;
  const isOutdone = outdone(imported.filter(isTrusted));
  return less.find(
    (other) =>
      !isOutdone(host.host, other) &&
      applicableRoutes(other.virtualService, scope.selector, snapshot).some(
        (route) => route.protocol === 'http' && ports.some((port) => appliesToPort(route, port)),
      ),
  )?.virtualService;
}

/**
 * Routes by connection apply to a wildcard too that covers a name of their VirtualService, and take the place of its own. Source: istio/istio
 * pilot/pkg/networking/core/tls.go, getConfigsForHost.
 */
const isAppliedTo = (host: string, { protocol }: Route, names: readonly string[]): boolean =>
  names.some((name) => (protocol === 'http' ? covers(name, host) : areRelated(name, host)));

/** VirtualServices that a listener imports by itself, and that let calls through for names which it does not carry. */
export const openedHosts = (
  listeners: readonly ScopeListener[],
  calls: Calls,
  registry: ServiceRegistry,
): readonly AffectedHost[] =>
  listeners.flatMap((listener) => {
    const inFull = carriedNames(listener, registry);
    const further = carriedFurther(inFull, calls.snapshot);
    const carried = carriedByName([...inFull, ...further, ...onlyRouted(listener, registry)], calls);
    return importedRoutes(listener.spec.hosts, calls.snapshot).flatMap((routes) => {
      const hosts = namesOpened(routes, carried, { scope: calls.scope, calls });
      if (hosts.length === 0) return [];
      const diagnostic = {
        code: 'RouteOpensHosts',
        route: routeTitle(routes.virtualService),
        hosts,
      } as const;
      return listener.destinations
        .filter(({ host, aliases }) =>
          [host, ...aliases].some(
            (listed) =>
              partsOf(listed).namespace === routes.virtualService.namespace &&
              routes.names.some((candidate) => areRelated(candidate, partsOf(listed).name)),
          ),
        )
        .map((destination) => ({ destination, host: destination.host, diagnostic }));
    });
  });

/** The wildcards of which nothing is registered: a VirtualService for one is what the entry grants. */
const onlyRouted = ({ destinations }: ScopeListener, registry: ServiceRegistry): readonly CarriedName[] =>
  destinations
    .filter(({ host }) => isExternalWildcard(host) && registry(host).length === 0)
    .map((destination) => {
      const { namespace: provider, name } = partsOf(destination.host);
      return { name, provider, destination, ports: [] };
    });
