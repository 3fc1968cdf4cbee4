// Ends of imported routes for which the Sidecar has no cluster: a listener for one port imports only ends on that port.
import { egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { targetOfAlias } from '../mesh/service-names.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { outdoneWhole } from '../routes/closest-routes.ts';
import { endsBeside, endsOf, hasCluster, udpEnds } from '../routes/route-limits.ts';
import type { AffectedHost } from './affected-host.ts';
import { calledHosts, type Calls, type CarriedCalls } from './called-hosts.ts';

/** The end of a route, for people. */
export const endText = ({ host, port }: RouteDestination): string =>
  port === undefined ? host : `${host}:${port}`;

/** One for each granted host and port of which a route leads to such an end. `displaced` are hosts whose own listener gives them no cluster. */
export function unreachableEnds(
  imported: readonly ListenerImports[],
  displaced: ReadonlySet<string>,
  calls: Calls,
): readonly AffectedHost[] {
  const isUdpEnd = udpEnds(imported, calls.snapshot);
  /** The ends of calls of one port, through a listener for `port`. */
  const unreached = (visible: VisibleRoutes, called: RegisteredPort, port: number | undefined) => {
    const limits = { scope: calls.scope, calls, port };
    const beside = endsBeside(visible, [called], limits)
      .filter((end) => !isAlias(end, calls) && !imported.some((each) => bringsIn(each, end)))
      .map((end) => ({ end, more: isWithoutListener(end, calls) ? GRANTED : {} }));
    const udp = endsOf(visible, [called], { ...limits, port: called.number })
      .filter((end) => displaced.has(end.host) || !hasCluster(end, calls))
      .filter((end) => isUdpEnd(end) && !beside.some((other) => endText(other.end) === endText(end)))
      .map((end) => ({ end, more: UDP }));
    return [...beside, ...udp];
  };
  return imported.flatMap(({ port, protocol, routes, calls: through }) => {
    const isOutdone = outdoneWhole(routes);
    return routes.flatMap((visible) =>
      calledHosts(visible.names, 'covered', through)
        .filter(({ host }) => !isOutdone(host.host, visible))
        .flatMap(({ destination, host, ports }) =>
          ports
            // A listener of TLS has no tcp routes.
            .filter((called) => protocol !== 'TLS' || called.class !== 'tcp')
            .flatMap((called) =>
              unreached(visible, called, port).map(({ end, more }): AffectedHost => {
                const about = { route: routeTitle(visible.virtualService), destination: endText(end) };
                const diagnostic = { code: 'RouteEndUnreachable', ...about, port: called.number } as const;
                return { destination, host: egressHost(host), diagnostic: { ...diagnostic, ...more } };
              }),
            ),
        ),
    );
  });
}

const GRANTED = { granted: true } as const;
const UDP = { udp: true } as const;

/** What a listener imports by its routes. */
export type ListenerImports = {
  readonly port: number | undefined;
  readonly protocol: string | undefined;
  readonly routes: readonly VisibleRoutes[];
  readonly calls: CarriedCalls;
  /** The ends of all these routes, as texts, and their hosts. */
  readonly ends: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
};

export function importsOf(calls: CarriedCalls): ListenerImports {
  const { snapshot, imported: routes, listener } = calls;
  const ends = routes.flatMap(({ virtualService }) =>
    // Whatever labels of the callers they ask for.
    applicableRoutes(virtualService, {}, snapshot).flatMap(({ destinations }) => destinations),
  );
  const { number: port, protocol } = listener.port ?? {};
  return {
    port,
    protocol,
    routes,
    calls,
    ends: new Set(ends.map(endText)),
    hosts: new Set(ends.map(({ host }) => host)),
  };
}

/**
 * True if Istio builds the cluster of an end for some route that the listener imports: on the port of the listener, or where it has none, on the ports that
 * its routes name. Source: istio/istio pilot/pkg/model/sidecar.go, collectImportedServices.
 */
export const bringsIn = ({ port, hosts, ends }: ListenerImports, end: Required<RouteDestination>): boolean =>
  port === undefined
    ? ends.has(end.host) || ends.has(endText(end))
    : port === end.port && hosts.has(end.host);

/** True for an ExternalName Service: `lostEnds` tells of these. */
const isAlias = ({ host }: Required<RouteDestination>, { snapshot }: Calls): boolean =>
  targetOfAlias(host, snapshot) !== undefined;

/** True if the end is granted, but its port lost its listener to another host. */
const isWithoutListener = (end: Required<RouteDestination>, { conflicts }: Calls): boolean =>
  conflicts.some(({ host, port }) => partsOf(host).name === end.host && port === end.port);
