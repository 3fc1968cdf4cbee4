// Of the VirtualServices that a listener imports for a host, Istio uses the http routes of the one whose host is the closest to it, even where none of
// these applies to the call. Source: istio/istio pilot/pkg/model/sidecar.go, computeWildcardHostVirtualServiceIndex, and
// pilot/pkg/networking/core/route/route.go, separateVSHostsAndServices.
import { covers, isWildcard } from '../../domain/istio/egress-host.ts';
import { byNumber } from '../../domain/order.ts';
import { isUpperCaseWildcard, type VisibleRoutes } from '../mesh/visible-routes.ts';

const EXACT = Number.MAX_SAFE_INTEGER;

/** Larger the closer one of the names of the VirtualService is to the host; -Infinity if none covers it. */
export const closeness = (host: string, routes: VisibleRoutes): number =>
  Math.max(
    ...heededNames(routes)
      .filter((name) => covers(name, host))
      .map((name) => (isWildcard(name) ? name.length : EXACT)),
  );

/** Without wildcards that are not in lower case: no registered host has http routes of these. */
const heededNames = (routes: VisibleRoutes): readonly string[] =>
  routes.names.filter((name) => !isUpperCaseWildcard(name, routes));

/**
 * Whether another one of these VirtualServices keeps the http routes of one from calls to a host. Never for a wildcard: the hosts below it differ; nor for
 * a VirtualService that does not cover the host, but has a further name of it.
 */
export function outdone(others: readonly VisibleRoutes[]): (host: string, routes: VisibleRoutes) => boolean {
  const names = new Set(others.flatMap(heededNames));
  const wildcards = [...names].filter(isWildcard).toSorted(byNumber((name) => -name.length));
  const closest = (host: string): number =>
    names.has(host) ? EXACT : (wildcards.find((name) => covers(name, host))?.length ?? -Infinity);
  return (host, routes) => {
    const own = closeness(host, routes);
    return !isWildcard(host) && own > -Infinity && closest(host) > own;
  };
}

/** The same for VirtualServices that have no other routes. */
export function outdoneWhole(
  others: readonly VisibleRoutes[],
): (host: string, routes: VisibleRoutes) => boolean {
  const isOutdone = outdone(others);
  return (host, routes) =>
    routes.virtualService.routes.every(({ protocol }) => protocol === 'http') && isOutdone(host, routes);
}
