// VirtualServices for a wildcard that is below one which we register, or that is not in lower case: Istio routes HTTP on port 80 for the name of a
// VirtualService that overlaps with no registered host, and ignores such a one once a host is registered that does.
import { covers, partsOf } from '../../domain/istio/egress-host.ts';
import { answeringEntry } from '../grants/followed-registration.ts';
import { registeredNamesBelow, registeredWildcardsAbove } from '../mesh/answering-entry.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { asListed } from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';
import { callsTo, isIgnoredFor, type CarriedCalls } from './called-hosts.ts';

export function ignoredWildcards(routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] {
  const { scope, snapshot } = calls;
  const { virtualService } = routes;
  const { namespace } = virtualService;
  const ignoring = callsTo(routes, calls).filter(
    ({ reachable }) => reachable?.host.managed === true && isIgnoredFor(reachable.host.host, routes),
  );
  if (ignoring.length === 0 || routes.names.every((name) => isOverlapped(name, calls))) return [];
  const http = applicableRoutes(virtualService, scope.selector, snapshot).filter(
    ({ protocol }) => protocol === 'http',
  );
  return ignoring
    .filter(
      ({ destination, host, ports }) =>
        isFollowedFor(namespace, asListed(destination, host), snapshot) &&
        ports.some(
          (port) => port.number === UNREGISTERED_PORT && http.some((route) => appliesToPort(route, port)),
        ),
    )
    .map(({ destination, host }) => ({
      destination,
      host,
      diagnostic: {
        code: 'RouteNotFollowed',
        route: routeTitle(virtualService),
        namespace,
        host,
        reason: routes.names.some((name) => covers(name, partsOf(host).name)) ? 'upperCase' : 'widerWildcard',
      },
    }));
}

/** True if a followed namespace registers a host that covers the name or is below it: Istio ignores the name without the intents too. */
function isOverlapped(name: string, { snapshot }: CarriedCalls): boolean {
  const overlapping = [
    name,
    ...registeredWildcardsAbove(name, snapshot),
    ...registeredNamesBelow(name, snapshot),
  ];
  return overlapping.some((host) => answeringEntry(host, [], snapshot) !== undefined);
}
