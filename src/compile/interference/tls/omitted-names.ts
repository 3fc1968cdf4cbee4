// Hosts whose TLS a VirtualService keeps for the names of its tls routes: Envoy then has no route for the other names of the host. Source: istio/istio
// pilot/pkg/networking/core/tls.go, buildSidecarOutboundTLSFilterChainOpts.
import { covers, egressHost } from '../../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../../domain/istio/registered-host.ts';
import type { Route } from '../../../domain/kinds/virtual-service.ts';
import { applicableRoutes, appliesToPort } from '../../mesh/applicable-routes.ts';
import { routeTitle, type VisibleRoutes } from '../../mesh/visible-routes.ts';
import type { ReachableHost } from '../../sidecar/destination.ts';
import type { AffectedHost } from '../affected-host.ts';
import type { CarriedCalls } from '../called-hosts.ts';

/** One for each granted port with TLS of a host of which no tls route names the host itself, and for each VirtualService that has some. */
export function omittedNames(calls: CarriedCalls): readonly AffectedHost[] {
  // Wildcards above a name of the VirtualService too: Istio takes it for a route of the wildcard.
  const routed = calls.imported.flatMap((routes) => {
    const tls = tlsRoutesOf(routes, calls);
    return tls.length === 0
      ? []
      : calls.carried.related(routes.names).map((reachable) => ({ reachable, routes, tls }));
  });
  return [...Map.groupBy(routed, ({ reachable }) => reachable)].flatMap(([reachable, ofHost]) =>
    reachable.ports
      .filter(({ class: portClass }) => portClass === 'tls')
      .flatMap((port) => omittedOn(port, reachable, ofHost)),
  );
}

/** A VirtualService whose names are related to a host, and its tls routes. */
type TlsRouted = { readonly routes: VisibleRoutes; readonly tls: readonly Route[] };

function omittedOn(
  port: RegisteredPort,
  { destination, host: registered }: ReachableHost,
  routed: readonly TlsRouted[],
): readonly AffectedHost[] {
  const host = egressHost(registered);
  const onPort = routed
    .map(({ routes, tls }) => ({ routes, tls: tls.filter((route) => appliesToPort(route, port)) }))
    .filter(({ tls }) => tls.length > 0);
  const isNamed = onPort.some(({ tls }) =>
    tls.some(({ sniHosts }) => sniHosts.some((name) => covers(name, registered.host))),
  );
  if (isNamed) return [];
  return onPort.map(({ routes }) => ({
    destination,
    host,
    diagnostic: {
      code: 'TlsRouteOmitsHost',
      route: routeTitle(routes.virtualService),
      host,
      port: port.number,
    },
  }));
}

const tlsRoutesOf = (
  { virtualService }: VisibleRoutes,
  { scope, snapshot }: CarriedCalls,
): readonly Route[] =>
  applicableRoutes(virtualService, scope.selector, snapshot).filter(({ protocol }) => protocol === 'tls');
