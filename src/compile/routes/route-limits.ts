// What a VirtualService would do beside routing the calls for which it is imported: open its other hosts, or send calls to a port for which the
// listener has no cluster.
import { covers, isWildcard } from '../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import { serviceOfHost } from '../../domain/istio/service-host.ts';
import type { Route, RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { appliesToPort, applicableRoutes } from '../mesh/applicable-routes.ts';
import { areRelated, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { sortedSet } from '../../domain/order.ts';
import type { Scope } from '../scopes.ts';
import type { CarriedName } from './carried-names.ts';
import { isGrantedEnd, type ScopeCalls } from './scope-calls.ts';

export type RouteLimits = { readonly scope: Scope; readonly calls: ScopeCalls };

/**
 * The names that a listener does not carry and for which the VirtualService would let calls through, to an end that is not granted. It comes whole:
 * its other hosts become callable on the HTTP ports of the listener, and every server name of its TLS routes. In order, each once.
 */
export function namesOpened(
  { virtualService, names }: VisibleRoutes,
  carried: readonly CarriedName[],
  { scope, calls }: RouteLimits,
): readonly string[] {
  const isCarried = (name: string): boolean => carried.some((candidate) => covers(candidate.name, name));
  // A name of its own below a carried wildcard becomes callable on port 80, like any name that nobody registers.
  const isCarriedForHttp = (name: string): boolean =>
    carried.some(
      (candidate) =>
        candidate.name === name ||
        (covers(candidate.name, name) &&
          candidate.ports.some(({ number, class: portClass }) => number === 80 && portClass !== 'tls')),
    );
  const opened = (route: Route): readonly string[] =>
    route.protocol === 'tls'
      ? route.sniHosts.filter((name) => !isCarried(name))
      : names.filter(
          (name) =>
            !isCarriedForHttp(name) && !(isWildcard(name) && carried.some((each) => covers(name, each.name))),
        );
  const called = carried
    .filter(({ name }) => names.some((candidate) => areRelated(candidate, name)))
    .flatMap(({ ports }) => ports.map(({ number }) => number));
  const beyond = applicableRoutes(virtualService, scope.selector, calls.snapshot).filter(
    ({ destinations }) => !destinations.every((end) => isGrantedEnd(end, called, calls)),
  );
  return sortedSet(beyond.flatMap(opened));
}

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
export function endsBeside(
  { virtualService }: VisibleRoutes,
  ports: readonly RegisteredPort[],
  { scope, calls, port }: RouteLimits & ListenerPort,
): readonly RouteEnd[] {
  if (port === undefined) return [];
  return applicableRoutes(virtualService, scope.selector, calls.snapshot)
    .filter((route) => ports.some((each) => appliesToPort(route, each)))
    .flatMap(({ destinations }) => destinations)
    .map((end) => ({ host: end.host, port: endPort(end, port, calls) }))
    .filter((end) => end.port !== port && !hasCluster(end, calls));
}

const hasCluster = ({ host, port }: RouteEnd, { callable }: ScopeCalls): boolean =>
  callable.some(
    (reachable) => reachable.host.host === host && reachable.ports.some(({ number }) => number === port),
  );

/** The port to which a route without one goes: the only port of its host, or that of the call. */
function endPort({ host, port }: RouteDestination, called: number, { snapshot }: ScopeCalls): number {
  if (port !== undefined) return port;
  const [name, namespace] = serviceOfHost(host, snapshot.settings.clusterDomain) ?? [];
  const service =
    name === undefined || namespace === undefined ? undefined : snapshot.cluster.service(namespace, name);
  const [only, ...others] = service?.ports ?? [];
  return only !== undefined && others.length === 0 ? only.number : called;
}
