// Findings after which an end of a route is not told of: the route is not followed, or its end cannot be reached.
import type { AffectedHost } from './affected-host.ts';

/** The end of a route to which calls of a host are led. */
type LedCall = { readonly host: string; readonly route: string; readonly destination: string };

/** Tells whether one of these findings contradicts that a route leads calls of a host to its end. */
export function contradictedBy(findings: readonly AffectedHost[]): (led: LedCall) => boolean {
  const byHost = Map.groupBy(findings, ({ host }) => host);
  return ({ host, route, destination }) =>
    byHost
      .get(host)
      ?.some(
        ({ diagnostic }) =>
          (diagnostic.code === 'RouteEndUnreachable' &&
            diagnostic.route === route &&
            isEnd(destination, diagnostic.destination)) ||
          (diagnostic.code === 'RouteNotFollowed' && diagnostic.route === route),
      ) === true;
}

/** A route that names no port leads to that which a finding names. */
const isEnd = (destination: string, found: string): boolean =>
  found === destination || found.startsWith(`${destination}:`);
