// Hosts whose TLS a VirtualService keeps for the names of its tls routes: Envoy then has no route for the other names of the host. Source: istio/istio
// pilot/pkg/networking/core/tls.go, buildSidecarOutboundTLSFilterChainOpts.
import { covers, egressHost } from '../../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../../domain/istio/registered-host.ts';
import type { Route } from '../../../domain/kinds/virtual-service.ts';
import { applicableRoutes, appliesToPort } from '../../mesh/applicable-routes.ts';
import { routeTitle, type VisibleRoutes } from '../../mesh/visible-routes.ts';
import type { AffectedHost } from '../affected-host.ts';
import type { CarriedCalls } from '../called-hosts.ts';

/** One for each granted port with TLS of a host of which no tls route names the host itself, and for each VirtualService that has some. */
export function omittedNames(calls: CarriedCalls): readonly AffectedHost[] {
  const routed = calls.imported
    .map((routes) => ({ routes, tls: tlsRoutesOf(routes, calls) }))
    .filter(({ tls }) => tls.length > 0);
  const hosts = new Set(routed.flatMap(({ routes }) => calls.carried.related(routes.names)));
  return [...hosts].flatMap(({ destination, host, ports }) =>
    ports
      .filter(({ class: portClass }) => portClass === 'tls')
      .flatMap((port): readonly AffectedHost[] => {
        const matching = routed.filter(
          ({ routes, tls }) =>
            routes.names.some((name) => covers(name, host.host) || covers(host.host, name)) &&
            tls.some((route) => appliesToPort(route, port)),
        );
        if (matching.some(({ tls }) => namesHost(tls, host.host, port))) return [];
        return matching.map(({ routes }) => ({
          destination,
          host: egressHost(host),
          diagnostic: {
            code: 'TlsRouteOmitsHost',
            route: routeTitle(routes.virtualService),
            host: egressHost(host),
            port: port.number,
          },
        }));
      }),
  );
}

const tlsRoutesOf = (
  { virtualService }: VisibleRoutes,
  { scope, snapshot }: CarriedCalls,
): readonly Route[] =>
  applicableRoutes(virtualService, scope.selector, snapshot).filter(({ protocol }) => protocol === 'tls');

const namesHost = (routes: readonly Route[], host: string, port: RegisteredPort): boolean =>
  routes.some((route) => appliesToPort(route, port) && route.sniHosts.some((name) => covers(name, host)));
