// What a VirtualService would do beside routing the calls for which it is imported: open its other hosts, or send calls to a port for which the
// listener has no cluster.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, egressHost } from '../../domain/istio/egress-host.ts';
import { isUdp } from '../../domain/istio/port-protocol.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { Route, RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { appliesToPort, applicableRoutes } from '../mesh/applicable-routes.ts';
import { serviceAt } from '../mesh/service-names.ts';
import { areRelated, routesNaming, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { sortedSet } from '../../domain/order.ts';
import type { Scope } from '../scopes.ts';
import type { CarriedName } from './carried-names.ts';
import { isGrantedEnd, isHttp, type ScopeCalls } from './scope-calls.ts';

export type RouteLimits = { readonly scope: Scope; readonly calls: ScopeCalls };

/**
 * The names for which the VirtualService would let calls through that the listener does not carry, to an end that is not granted: it comes whole. In
 * order, each once.
 */
export function namesOpened(
  routes: VisibleRoutes,
  carried: readonly CarriedName[],
  { scope, calls }: RouteLimits,
): readonly string[] {
  const applicable = applicableRoutes(routes.virtualService, scope.selector, calls.snapshot);
  // The listener of a TCP host on the same number has HTTP routes too, if another listener serves HTTP there.
  const numbers = new Set(
    carried.flatMap(({ ports }) =>
      ports.map(({ number }) => number).filter((each) => calls.httpPorts.has(each)),
    ),
  );
  return sortedSet([
    ...[...numbers].flatMap((number) => {
      const port = { number, class: 'http' } as const;
      const isBeyond = applicable.some(
        (route) =>
          appliesToPort(route, port) &&
          !route.destinations.every((end) => isGrantedEnd(end, [number], calls)),
      );
      return isBeyond ? namesOpenedOn(number, routes, carried, calls.snapshot) : [];
    }),
    ...serverNamesOpened(applicable, routes, carried, calls),
  ]);
}

/** True for a port that may carry HTTP. */
/**
 * The names of a VirtualService that become callable over HTTP on a port, though no host of the listener has them there: on port 80 always, on any other
 * port if one of its names is there. Source: istio/istio pilot/pkg/networking/core/route/route.go, buildSidecarVirtualHostsForVirtualService.
 */
function namesOpenedOn(
  number: number,
  { names }: VisibleRoutes,
  carried: readonly CarriedName[],
  snapshot: Snapshot,
): readonly string[] {
  // A host that nobody registers is granted on port 80 if a VirtualService of its namespace routes it.
  const isRouted = ({ name, provider }: CarriedName): boolean =>
    routesNaming(name, snapshot).some(({ virtualService }) => virtualService.namespace === provider);
  const there = carried
    .filter((each) =>
      each.ports.length === 0
        ? number === 80 && isRouted(each)
        : each.ports.some((port) => isHttp(port) && port.number === number),
    )
    .map(({ name }) => name);
  const isThere = (name: string): boolean => there.some((host) => covers(name, host));
  if (number !== 80 && !names.some(isThere)) return [];
  return names.filter((name) => !isThere(name) && !there.some((host) => covers(host, name)));
}

/** Every server name of the TLS routes becomes callable on the TLS ports of the hosts that the VirtualService names. */
function serverNamesOpened(
  applicable: readonly Route[],
  { names }: VisibleRoutes,
  carried: readonly CarriedName[],
  calls: ScopeCalls,
): readonly string[] {
  const called = carried
    .filter(({ name }) => names.some((candidate) => areRelated(candidate, name)))
    .flatMap(tlsPorts);
  return applicable
    .filter(
      ({ protocol, destinations }) =>
        protocol === 'tls' && !destinations.every((end) => isGrantedEnd(end, called, calls)),
    )
    .flatMap(({ sniHosts }) => sniHosts)
    .filter((name) => !carried.some((each) => covers(each.name, name) && isCalledOn(called, each)));
}

/** True without such ports too: then nothing is known that the routes apply to. */
const isCalledOn = (called: readonly number[], name: CarriedName): boolean =>
  called.length === 0 || tlsPorts(name).some((port) => called.includes(port));

const tlsPorts = ({ ports }: CarriedName): readonly number[] =>
  ports.filter((port) => port.class !== 'http').map(({ number }) => number);

/**
 * The other ports to which routes lead calls of these ports through a listener for one port: Istio builds no cluster for such an end unless the scope
 * may call it. In order; none for the listener without a port.
 */
export function portsBeside(
  routes: VisibleRoutes,
  ports: readonly RegisteredPort[],
  limits: RouteLimits & ListenerPort,
): readonly number[] {
  const beside = endsBeside(routes, ports, limits).map(({ port }) => port);
  return [...new Set(beside)].toSorted((a, b) => a - b);
}

/** The port of the listener that would import the VirtualService, if it has one. */
type ListenerPort = { readonly port: number | undefined };

type RouteEnd = { readonly host: string; readonly port: number };

/** The ends themselves, with the port to which they lead. */
export const endsBeside = (
  routes: VisibleRoutes,
  ports: readonly RegisteredPort[],
  limits: RouteLimits & ListenerPort,
): readonly RouteEnd[] =>
  endsOf(routes, ports, limits).filter((end) => end.port !== limits.port && !hasCluster(end, limits.calls));

/**
 * Ends on a number that is UDP first: a listener for one port takes the first port of a Service with its number, and builds no cluster for UDP. `displaced`
 * are hosts that get none from a later listener either.
 */
export const udpEnds = (
  routes: VisibleRoutes,
  ports: readonly RegisteredPort[],
  limits: RouteLimits & ListenerPort,
  displaced: ReadonlySet<string>,
): readonly RouteEnd[] =>
  endsOf(routes, ports, limits)
    .filter((end) => displaced.has(end.host) || !hasCluster(end, limits.calls))
    .filter(({ host, port }) => {
      const service = serviceAt(host, limits.calls.snapshot);
      const first = service?.ports.find(({ number }) => number === port);
      return first !== undefined && isUdp(first);
    });

/** Those to which routes lead calls of these ports through a listener for one port. */
function endsOf(
  { virtualService }: VisibleRoutes,
  ports: readonly RegisteredPort[],
  { scope, calls, port }: RouteLimits & ListenerPort,
): readonly RouteEnd[] {
  if (port === undefined) return [];
  return applicableRoutes(virtualService, scope.selector, calls.snapshot)
    .filter((route) => ports.some((each) => appliesToPort(route, each)))
    .flatMap(({ destinations }) => destinations)
    .map((end) => ({ host: end.host, port: endPort(end, port, calls.snapshot) }));
}

/** True if the scope may call the end itself, and not only in words: its port has a listener. */
const hasCluster = ({ host, port }: RouteEnd, { callable, conflicts }: ScopeCalls): boolean =>
  callable.some(
    (reachable) =>
      reachable.host.host === host &&
      reachable.ports.some(({ number }) => number === port) &&
      !conflicts.some((conflict) => conflict.host === egressHost(reachable.host) && conflict.port === port),
  );

/**
 * The port to which a route without one goes: the only port of its host, or that of the call. Source: istio/istio
 * pilot/pkg/networking/core/route/route.go, GetDestinationCluster.
 */
export function endPort({ host, port }: RouteDestination, called: number, snapshot: Snapshot): number {
  if (port !== undefined) return port;
  const [only, ...others] = serviceAt(host, snapshot)?.ports ?? [];
  return only !== undefined && others.length === 0 ? only.number : called;
}
