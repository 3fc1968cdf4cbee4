// Ends of imported routes for which the Sidecar has no cluster: a listener for one port imports only ends on that port.
import { egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { routesKey, routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { outdoneWhole } from '../routes/closest-routes.ts';
import { endsBeside, udpEnds } from '../routes/route-limits.ts';
import type { ReachableHost } from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';
import { calledHosts } from './called-hosts.ts';
import type { Calls } from './side-effects.ts';

/** The end of a route, for people. */
export const endText = ({ host, port }: RouteDestination): string =>
  port === undefined ? host : `${host}:${port}`;

/** One for each granted host and port of which a route leads to such an end. `displaced` are hosts whose own listener gives them no cluster. */
export function unreachableEnds(
  listeners: readonly ImportingListener[],
  displaced: ReadonlySet<string>,
  calls: Calls,
): readonly AffectedHost[] {
  const imported = listeners.map((listener) => importsOf(listener, calls));
  const importsIn = (searched: VisibleRoutes, number: number): boolean =>
    imported.some(
      ({ port, routes }) => port === number && routes.some((each) => routesKey(each) === routesKey(searched)),
    );
  return imported.flatMap(({ port, protocol, routes }) => {
    const isOutdone = outdoneWhole(routes);
    return routes.flatMap((visible) => {
      if (port === undefined) return [];
      const limits = { scope: calls.scope, calls, port };
      const called = hostsOnPort(port, visible, calls).filter(({ host }) => !isOutdone(host.host, visible));
      return called.flatMap(({ destination, host, ports: all }) => {
        // A listener of TLS has no tcp routes.
        const ports = protocol === 'TLS' ? all.filter((each) => each.class !== 'tcp') : all;
        const beside = endsBeside(visible, ports, limits)
          .filter((end) => !imported.some((each) => bringsIn(each, end)))
          .map((end) => ({ end, more: isWithoutListener(end, calls) ? GRANTED : {} }));
        const udp = udpEnds(visible, ports, limits, displaced)
          .filter((end) => importsIn(visible, end.port))
          .map((end) => ({ end, more: UDP }));
        return [...beside, ...udp].map(({ end, more }): AffectedHost => {
          const route = routeTitle(visible.virtualService);
          const diagnostic = { code: 'RouteEndUnreachable', route, destination: endText(end), port } as const;
          return { destination, host: egressHost(host), diagnostic: { ...diagnostic, ...more } };
        });
      });
    });
  });
}

const GRANTED = { granted: true } as const;
const UDP = { udp: true } as const;

/** A listener, by its port, with the VirtualServices that it imports. */
type ImportingListener = {
  readonly port?: EgressListener['port'];
  readonly routes: readonly VisibleRoutes[];
};

type ListenerImports = {
  readonly port: number | undefined;
  readonly protocol: string | undefined;
  readonly routes: readonly VisibleRoutes[];
  /** The ends of all these routes, as texts, and their hosts. */
  readonly ends: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
};

function importsOf(
  { port: listenerPort, routes }: ImportingListener,
  { scope, snapshot }: Calls,
): ListenerImports {
  const ends = routes.flatMap(({ virtualService }) =>
    applicableRoutes(virtualService, scope.selector, snapshot).flatMap(({ destinations }) => destinations),
  );
  const { number: port, protocol } = listenerPort ?? {};
  return {
    port,
    protocol,
    routes,
    ends: new Set(ends.map(endText)),
    hosts: new Set(ends.map(({ host }) => host)),
  };
}

/**
 * True if Istio builds the cluster of an end for some route that the listener imports: on the port of the listener, or where it has none, on the ports that
 * its routes name. Source: istio/istio pilot/pkg/model/sidecar.go, collectImportedServices.
 */
const bringsIn = ({ port, hosts, ends }: ListenerImports, end: Required<RouteDestination>): boolean =>
  port === undefined
    ? ends.has(end.host) || ends.has(endText(end))
    : port === end.port && hosts.has(end.host);

/** True if the end is granted, but its port lost its listener to another host. */
const isWithoutListener = (end: Required<RouteDestination>, { conflicts }: Calls): boolean =>
  conflicts.some(({ host, port }) => partsOf(host).name === end.host && port === end.port);

/** The hosts of a VirtualService that are callable on a port, with that port only. */
const hostsOnPort = (port: number, { names }: VisibleRoutes, calls: Calls): readonly ReachableHost[] =>
  calledHosts(names, 'covered', calls)
    .map((reachable) => ({ ...reachable, ports: reachable.ports.filter(({ number }) => number === port) }))
    .filter(({ ports }) => ports.length > 0);
