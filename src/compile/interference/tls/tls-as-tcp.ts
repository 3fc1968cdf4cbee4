// TLS hosts that a listener for plain TCP carries, or one that detects the protocol: Istio then applies the tcp routes of a VirtualService to them instead of its tls routes.
import { egressHost } from '../../../domain/istio/egress-host.ts';
import { applicableRoutes, matchesNumber } from '../../mesh/applicable-routes.ts';
import { nameIndex } from '../../mesh/name-index.ts';
import { routeTitle } from '../../mesh/visible-routes.ts';
import { importedRoutes } from '../../routes/imported-routes.ts';
import type { ScopeListener } from '../../sidecar/egress-listeners.ts';
import type { AffectedHost } from '../affected-host.ts';
import type { Calls } from '../called-hosts.ts';

/** One for each such host and VirtualService. */
export const tlsAsTcp = (
  { spec, destinations }: ScopeListener,
  { callable, scope, snapshot }: Calls,
): readonly AffectedHost[] => {
  const { number, protocol = 'TCP' } = spec.port ?? {};
  if (number === undefined || protocol !== 'TCP') return [];
  const carried = new Set(destinations);
  const hosts = callable.filter(
    ({ destination, ports }) =>
      carried.has(destination) && ports.some((port) => port.number === number && port.class === 'tls'),
  );
  if (hosts.length === 0) return [];
  const byName = nameIndex(
    () => hosts,
    ({ host }) => host.host,
  );
  return importedRoutes(spec.hosts, snapshot).flatMap(({ virtualService, names }) => {
    const isRouted = applicableRoutes(virtualService, scope.selector, snapshot).some(
      (route) => route.protocol !== 'http' && matchesNumber(route, number),
    );
    if (!isRouted) return [];
    return byName.coveredBy(names).map(({ destination, host: registered }) => {
      const host = egressHost(registered);
      const route = routeTitle(virtualService);
      return { destination, host, diagnostic: { code: 'TlsCalledAsTcp', route, host, port: number } };
    });
  });
};
