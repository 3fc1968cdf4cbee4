// What a VirtualService that a Sidecar imports for one host does beside: it routes other granted hosts too, and lets calls through for hosts that are
// not granted.
import { covers, egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { Route } from '../../domain/kinds/virtual-service.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { areRelated, routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { carriedFurther, carriedNames } from '../routes/carried-names.ts';
import { importedRoutes } from '../routes/imported-routes.ts';
import { carriedByName, namesOpened } from '../routes/opened-names.ts';
import { asListed } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { AffectedHost } from './affected-host.ts';
import { routedPorts, type Calls, type CarriedCalls } from './called-hosts.ts';

/** Routes that are not followed for a host apply to it all the same where the listener that carries it imports their VirtualService for another host. */
export function importedAlong(routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] {
  const { virtualService, names } = routes;
  const { carried, scope, snapshot } = calls;
  const applicable = applicableRoutes(virtualService, scope.selector, snapshot);
  return carried
    .related(names)
    .filter(
      ({ destination, host, ports }) =>
        applicable.some(
          (route) =>
            isAppliedTo(host.host, route, names) &&
            routedPorts({ host: egressHost(host), ports }, route, routes, calls).length > 0,
        ) && !isFollowedFor(virtualService.namespace, asListed(destination, egressHost(host)), snapshot),
    )
    .map(({ destination, host: registered }) => {
      const host = egressHost(registered);
      const diagnostic = {
        code: 'RouteImportedAlong',
        route: routeTitle(routes.virtualService),
        host,
      } as const;
      return { destination, host, diagnostic };
    });
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
    const carried = carriedByName([...inFull, ...carriedFurther(inFull, calls.snapshot)], calls);
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
