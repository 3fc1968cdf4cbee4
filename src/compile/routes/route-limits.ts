// The ports beside that of a listener to which a VirtualService leads its calls: the listener has no cluster there.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import { isUdp } from '../../domain/istio/port-protocol.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { appliesToPort, applicableRoutes } from '../mesh/applicable-routes.ts';
import { serviceAt, targetOfAlias } from '../mesh/service-names.ts';
import type { VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import type { ScopeCalls } from './scope-calls.ts';

export type RouteLimits = { readonly scope: Scope; readonly calls: ScopeCalls };

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

export type RouteEnd = { readonly host: string; readonly port: number };

/** The ends themselves, with the port to which they lead. */
export const endsBeside = (
  routes: VisibleRoutes,
  ports: readonly RegisteredPort[],
  limits: RouteLimits & ListenerPort,
): readonly RouteEnd[] =>
  endsOf(routes, ports, limits).filter((end) => end.port !== limits.port && !hasCluster(end, limits.calls));

/** What a listener imports by its routes. */
type Imports = {
  readonly port: number | undefined;
  /** To which the routes lead. */
  readonly hosts: ReadonlySet<string>;
};

/**
 * Tells ends on a number that a Service uses for UDP first, and of which the Sidecar has only that port: Istio builds no cluster for UDP. A listener for a
 * port takes the first port of a Service with its number, and what later listeners add are ports of other numbers, again the first of each. Only the
 * listener without a port, which is the last, takes all, if no other imports the Service. None of the others lists such a Service itself. Source: istio/istio
 * pilot/pkg/model/sidecar.go, serviceMatchingListenerPort and appendSidecarServices.
 */
export const udpEnds =
  (listeners: readonly Imports[], snapshot: Snapshot): ((end: RouteEnd) => boolean) =>
  (end) => {
    const ports = serviceAt(end.host, snapshot)?.ports ?? [];
    const [first, ...others] = ports.filter(({ number }) => number === end.port);
    const isUdpFirst = first !== undefined && isUdp(first) && others.some((each) => !isUdp(each));
    return (
      isUdpFirst &&
      listeners.some(({ port, hosts }) => hosts.has(end.host) && ports.some(({ number }) => number === port))
    );
  };

/** Those to which routes lead calls of these ports, all of which have one number; none without that number. */
export function endsOf(
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

/** True if the scope may call the end itself, or the host behind an ExternalName Service, and not only in words: its port has a listener. */
export const hasCluster = (
  { host, port }: RouteEnd,
  { callableByName, conflicts, snapshot }: ScopeCalls,
): boolean =>
  callableByName
    .named(targetOfAlias(host, snapshot) ?? host)
    .some(
      (reachable) =>
        reachable.ports.some(({ number }) => number === port) &&
        !conflicts.some((conflict) => conflict.host === egressHost(reachable.host) && conflict.port === port),
    );

/**
 * The port to which a route without one goes: the only port of its host, or that of the call. An HTTP route goes to that of the call in any case, and
 * without a cluster there it answers nothing without intents either. Source: istio/istio pilot/pkg/networking/core/route/route.go, GetDestinationCluster.
 */
export function endPort({ host, port }: RouteDestination, called: number, snapshot: Snapshot): number {
  if (port !== undefined) return port;
  const [only, ...others] = serviceAt(host, snapshot)?.ports ?? [];
  return only !== undefined && others.length === 0 ? only.number : called;
}
