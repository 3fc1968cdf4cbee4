// The granted hosts for whose calls a VirtualService has routes, by the listener that carries the calls: only what that one imports acts on them.
import { covers, egressHost, isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { importing } from '../../domain/istio/imported-hosts.ts';
import { protocolOfWord } from '../../domain/istio/port-protocol.ts';
import { sharesRoutes, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { serviceOfHost, servicesWithFurtherName } from '../../domain/istio/service-host.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';
import type { Route } from '../../domain/kinds/virtual-service.ts';
import { appliesToPort } from '../mesh/applicable-routes.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import { nameIndex, type NameIndex } from '../mesh/name-index.ts';
import { targetOfAlias } from '../mesh/service-names.ts';
import { areRelated, isUpperCaseWildcard, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { outdone } from '../routes/closest-routes.ts';
import { importedRoutes } from '../routes/imported-routes.ts';
import { isHttp, type ScopeCalls } from '../routes/scope-calls.ts';
import type { Scope } from '../scopes.ts';
import type { Destination, ReachableHost } from '../sidecar/destination.ts';

type ListenerPort = NonNullable<EgressListener['port']>;

/** What the pods of a scope may call. */
export type Calls = ScopeCalls & { readonly scope: Scope };

/** The same, and what of it one listener carries. */
export type CarriedCalls = Calls & {
  readonly listener: EgressListener;
  /** The VirtualServices that the listener imports. */
  readonly imported: readonly VisibleRoutes[];
  /** The hosts that it serves, with the ports on which it does. */
  readonly carried: NameIndex<ReachableHost>;
  /** Whether another one of them keeps the http routes of one from the calls of a name. */
  readonly isOutdone: (name: string, routes: VisibleRoutes) => boolean;
  /** Whether it routes calls for names that nobody registers. */
  readonly carriesUnregistered: boolean;
};

/**
 * The calls that each listener of a Sidecar carries. One for a port has all HTTP of its number, and the others of hosts without an address; what the
 * listener without a port serves at the addresses of hosts stays there. Source: istio/istio pilot/pkg/model/sidecar.go, GetEgressListenerForRDS, and
 * pilot/pkg/networking/core/listener.go, buildSidecarOutboundListeners.
 */
export function carriedCalls(listeners: readonly EgressListener[], calls: Calls): readonly CarriedCalls[] {
  const all = listeners.map((listener) => ({ ...listener, lists: importing(listener.hosts) }));
  const byNumber = new Map(all.map((listener) => [listener.port?.number, listener]));
  return all.map((listener) => {
    const { port, lists } = listener;
    const portsIn = ({ host, ports }: ReachableHost): readonly RegisteredPort[] => {
      const name = egressHost(host);
      if (!lists(name)) return [];
      if (port !== undefined)
        return ports.filter(({ number }) => number === port.number).map((each) => asReadBy(port, each));
      return ports.flatMap((each) => {
        const own = byNumber.get(each.number);
        return own?.port === undefined ? [each] : besideListener(each, own.port, own.lists(name));
      });
    };
    const imported = importedRoutes(listener.hosts, calls.snapshot);
    return {
      ...calls,
      listener,
      imported,
      isOutdone: outdone(imported),
      carried: nameIndex(
        () =>
          calls.callable
            .map((reachable) => ({ ...reachable, ports: portsIn(reachable) }))
            .filter(({ ports }) => ports.length > 0),
        ({ host }) => host.host,
      ),
      carriesUnregistered: port?.number === (byNumber.has(UNREGISTERED_PORT) ? UNREGISTERED_PORT : undefined),
    };
  });
}

/** Of the ports of a host, those on which the route of a VirtualService applies to its calls. */
export const routedPorts = (
  { host, ports }: Pick<Call, 'host' | 'ports'>,
  route: Route,
  routes: VisibleRoutes,
  { isOutdone }: Pick<CarriedCalls, 'isOutdone'>,
): readonly RegisteredPort[] =>
  route.protocol === 'http' &&
  (isOutdone(partsOf(host).name, routes) || isIgnoredFor(partsOf(host).name, routes))
    ? []
    : ports.filter((port) => appliesToPort(route, port));

/**
 * True if the http routes of the VirtualService do not apply to a host because it is registered: its names are wildcards that are not in lower case, or are
 * below the host, so that they apply only to registered hosts below them. Source: istio/istio pilot/pkg/networking/core/route/route.go,
 * separateVSHostsAndServices.
 */
function isIgnoredFor(host: string, routes: VisibleRoutes): boolean {
  const related = routes.names.filter((name) => areRelated(name, host));
  return (
    related.length > 0 &&
    related.every((name) => isWildcard(name) && (isUpperCaseWildcard(name, routes) || !covers(name, host)))
  );
}

/** A listener for HTTP takes all for HTTP. One for TCP, or one that detects the protocol, takes TLS for TCP, as `tlsAsTcp` tells. */
function asReadBy(listener: ListenerPort, port: RegisteredPort): RegisteredPort {
  const { protocol = 'TCP' } = listener;
  if (protocol === 'TCP' && port.class === 'tls') return { ...port, class: 'tcp' };
  return isOnlyHttp(listener) && port.class === 'auto' ? { ...port, class: 'http' } : port;
}

const isOnlyHttp = ({ protocol = 'TCP' }: ListenerPort): boolean => protocolOfWord(protocol).class === 'http';

/** What the listener without a port serves of a port for whose number there is another listener: no HTTP, but other protocols at addresses. */
function besideListener(
  port: RegisteredPort,
  own: ListenerPort,
  isListed: boolean,
): readonly RegisteredPort[] {
  if (port.class === 'http') return [];
  if (port.class === 'auto') return isOnlyHttp(own) ? [{ ...port, class: 'tcp' }] : [];
  return isListed ? [] : [port];
}

/**
 * Those that one of its names covers or, where `related`, that cover one of its names; and, on one port only, those Services of which the VirtualService
 * has another name than the full one. None without ports.
 */
export function calledHosts(
  names: readonly string[],
  relation: 'covered' | 'related',
  { carried, snapshot }: Pick<CarriedCalls, 'carried' | 'snapshot'>,
): readonly ReachableHost[] {
  const { clusterDomain } = snapshot.settings;
  const { named, coveredBy, related, ordered } = carried;
  const inFull = new Set(relation === 'related' ? related(names) : coveredBy(names));
  const services = names
    .filter((name) => serviceOfHost(name, clusterDomain) === undefined)
    .flatMap((name) => servicesWithFurtherName(name, clusterDomain));
  return ordered([...inFull, ...services.flatMap(named)])
    .map((reachable) =>
      inFull.has(reachable)
        ? reachable
        : { ...reachable, ports: reachable.ports.filter(({ number }) => number === UNREGISTERED_PORT) },
    )
    .filter(({ ports }) => ports.length > 0);
}

/** Calls to a granted host; without `reachable`, to names that only a VirtualService knows. */
export type Call = {
  readonly destination: Destination;
  /** By which it is called. */
  readonly names: readonly string[];
  /** As a Sidecar lists it. */
  readonly host: string;
  readonly ports: readonly RegisteredPort[];
  readonly reachable?: ReachableHost;
};

/** The calls that the listener carries and the VirtualService may route. Istio makes virtual hosts on port 80 for names that no Service or ServiceEntry registers. */
export function callsTo({ names }: VisibleRoutes, calls: CarriedCalls): readonly Call[] {
  if (!calls.carriesUnregistered || isAnyRegistered(names, calls)) {
    const called = calledHosts(names, 'related', calls);
    return [
      ...called.map((reachable) => ({
        destination: reachable.destination,
        names: [reachable.host.host],
        host: egressHost(reachable.host),
        ports: reachable.ports,
        reachable,
      })),
      ...aliasCalls(names, called, calls),
    ];
  }
  const listed = Map.groupBy(calls.listedByName.related(names), ({ destination }) => destination);
  return [...listed].map(([destination, called]) => ({
    destination,
    names: called.map(({ name }) => name),
    host: destination.host,
    ports: [{ number: UNREGISTERED_PORT, class: 'http' }],
  }));
}

/**
 * Those by names of ExternalName Services: nobody registers them, so Istio routes their HTTP on the ports of the registered hosts that the VirtualService is
 * for besides, and on port 80. Only by such a name itself: the host behind it has a virtual host with the name, which beats wildcards.
 */
function aliasCalls(
  names: readonly string[],
  called: readonly ReachableHost[],
  { carried, listedByName, snapshot }: CarriedCalls,
): readonly Call[] {
  const numbers = new Set([
    UNREGISTERED_PORT,
    ...called.flatMap(({ ports }) => ports.filter(isHttp).map(({ number }) => number)),
  ]);
  const portsOf = (name: string, destination: Destination): readonly RegisteredPort[] =>
    carried
      .named(targetOfAlias(name, snapshot) ?? '')
      .filter((target) => target.destination === destination)
      .flatMap(({ host, ports }) =>
        ports.filter((port) => numbers.has(port.number) && sharesRoutes(host, port)),
      );
  const exact = names.filter((name) => !isWildcard(name));
  const listed = Map.groupBy(listedByName.coveredBy(exact), ({ destination }) => destination);
  return [...listed].flatMap(([destination, aliases]) => {
    const routed = aliases
      .map(({ name }) => ({ name, ports: portsOf(name, destination) }))
      .filter(({ ports }) => ports.length > 0);
    if (routed.length === 0) return [];
    const ports = routed.flatMap((each) => each.ports);
    return [{ destination, names: routed.map(({ name }) => name), host: destination.host, ports }];
  });
}

/** Whether the pods may call a registered host with one of the names, through whichever listener. */
const isAnyRegistered = (names: readonly string[], { callableByName, snapshot }: Calls): boolean =>
  calledHosts(names, 'related', { carried: callableByName, snapshot }).length > 0;
