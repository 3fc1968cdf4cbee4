// VirtualServices for a wildcard that is below one which we register, or that is not in lower case: Istio routes HTTP on port 80 for the name of a
// VirtualService that overlaps with no registered host, and ignores such a one once a host is registered that does.
import { covers, egressHost, isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { answeringEntry } from '../grants/followed-registration.ts';
import { registeredNamesBelow, registeredWildcardsAbove } from '../mesh/answering-entry.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import { isUpperCaseWildcard, routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { asListed } from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';
import { callsTo, type CarriedCalls } from './called-hosts.ts';

/** One for each wildcard of the VirtualService that loses its routes, and each host that loses those of a wildcard above it. */
export function ignoredWildcards(routes: VisibleRoutes, calls: CarriedCalls): readonly AffectedHost[] {
  const { scope, snapshot } = calls;
  const { virtualService } = routes;
  const { namespace } = virtualService;
  const http = applicableRoutes(virtualService, scope.selector, snapshot).filter(
    ({ protocol }) => protocol === 'http',
  );
  if (http.length === 0) return [];
  const unregistered = routes.names.filter((name) => isWildcard(name) && !isOverlapped(name, calls));
  if (unregistered.length === 0) return [];
  return callsTo(routes, calls)
    .filter(
      ({ destination, host, ports, reachable }) =>
        reachable?.host.managed === true &&
        isFollowedFor(namespace, asListed(destination, host), snapshot) &&
        ports.some(
          (port) => port.number === UNREGISTERED_PORT && http.some((route) => appliesToPort(route, port)),
        ),
    )
    .flatMap(({ destination, host }) =>
      ignoredFor(host, unregistered, routes).map((each) => ({
        destination,
        host,
        diagnostic: { code: 'RouteNotFollowed', route: routeTitle(virtualService), namespace, ...each },
      })),
    );
}

/** Nothing where another name of the VirtualService has its routes apply to the host, and so to all that is below it. */
function ignoredFor(
  host: string,
  unregistered: readonly string[],
  routes: VisibleRoutes,
): readonly { readonly host: string; readonly reason: 'upperCase' | 'widerWildcard' }[] {
  const { namespace, name: registered } = partsOf(host);
  if (routes.names.some((name) => covers(name, registered) && !isUpperCaseWildcard(name, routes))) return [];
  return [
    ...(unregistered.some((name) => covers(name, registered))
      ? [{ host, reason: 'upperCase' } as const]
      : []),
    ...unregistered
      .filter((name) => covers(registered, name) && !covers(name, registered))
      .map((name) => ({ host: egressHost({ namespace, host: name }), reason: 'widerWildcard' }) as const),
  ];
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
