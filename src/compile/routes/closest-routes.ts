// Of the VirtualServices that a listener imports for a host, Istio uses the http routes of the one whose host is the closest to it, even where none of
// these applies to the call. Source: istio/istio pilot/pkg/model/sidecar.go, computeWildcardHostVirtualServiceIndex, and
// pilot/pkg/networking/core/route/route.go, separateVSHostsAndServices.
import { covers, isWildcard } from '../../domain/istio/egress-host.ts';
import type { VisibleRoutes } from '../mesh/visible-routes.ts';

/** Larger the closer one of the names of the VirtualService is to the host; -Infinity if none covers it. */
const closeness = (host: string, { names }: VisibleRoutes): number =>
  Math.max(
    ...names
      .filter((name) => covers(name, host))
      .map((name) => (isWildcard(name) ? name.length : Number.MAX_SAFE_INTEGER)),
  );

/** True if another VirtualService keeps the http routes of this one from calls to the host. For a wildcard always false: the hosts below it differ. */
export function isOutdone(host: string, routes: VisibleRoutes, others: readonly VisibleRoutes[]): boolean {
  if (isWildcard(host)) return false;
  const own = closeness(host, routes);
  return others.some((other) => closeness(host, other) > own);
}

/** The same if it has no other routes. */
export const isOutdoneWhole = (
  host: string,
  routes: VisibleRoutes,
  others: readonly VisibleRoutes[],
): boolean =>
  routes.virtualService.routes.every(({ protocol }) => protocol === 'http') &&
  isOutdone(host, routes, others);
