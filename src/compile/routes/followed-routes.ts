// A Sidecar imports only VirtualServices of namespaces of which it lists hosts, so a granted call would lose the routes that others have for
// it: the caller's own canary, the platform's egress gateway. Here a listener that carries a name also lists the name under the namespace of
// each VirtualService for it that is followed, which imports the VirtualService and opens nothing by itself.
import type { RouteNotFollowedReason } from '../../domain/egress-intent/diagnostics.ts';
import { canonicalEgressHosts, egressHost, isBelow, isWildcard } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { byNumber } from '../../domain/order.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routesKey, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import {
  carriedFurther,
  carryingListeners,
  servedItself,
  type CarriedName,
  type CarryingListener,
} from './carried-names.ts';
import { decidingRoutes, isDecidedBy, isFollowed, routesFor } from './deciding-routes.ts';
import type { Destination } from '../sidecar/destination.ts';
import { withFurtherHosts, type ScopeListener } from '../sidecar/egress-listeners.ts';
import { displacedBy, endHosts, keepsRegistration } from './end-registration.ts';
import { importedBy, importedRoutes, notImported } from './imported-routes.ts';
import { carriedByName, namesOpened, type CarriedByName } from './opened-names.ts';
import { portsBeside } from './route-limits.ts';
import type { ScopeCalls } from './scope-calls.ts';

/** A VirtualService for a granted name that is not followed, and why. */
export type UnfollowedRoute = VisibleRoutes & {
  readonly destination: Destination;
  /** The called host, as a Sidecar lists it. */
  readonly host: string;
  readonly reason: RouteNotFollowedReason;
};

export type FollowedRoutes = {
  readonly listeners: readonly ScopeListener[];
  readonly unfollowed: readonly UnfollowedRoute[];
};

type Context = { readonly view: MeshView; readonly scope: Scope; readonly calls: ScopeCalls };

/** The same listeners, with the hosts that import the followed VirtualServices. */
export function followRoutes(listeners: readonly ScopeListener[], context: Context): FollowedRoutes {
  const carrying = carryingListeners(listeners, context.view.registry);
  const decided = carrying.map((importing) => ({
    spec: importing.listener.spec,
    decisions: decisionsFor({ importing, listeners: carrying }, context),
  }));
  const lists = decided.flatMap(({ decisions }) => decisions.flatMap((decision) => decision.lists));
  const extended = withListed(listeners, lists);
  const byPort = new Map(extended.map(({ spec }) => [spec.port?.number, spec.hosts]));
  return {
    listeners: extended,
    unfollowed: decided.flatMap(({ spec, decisions }) => {
      const unfollowed = decisions.flatMap((decision) => decision.unfollowed);
      // One may be imported for another name, so that it routes these calls too, unless the protocol of the listener keeps it from them.
      const hosts = byPort.get(spec.port?.number) ?? spec.hosts;
      const left = new Set(notImported(unfollowed, hosts, context.view.snapshot));
      return unfollowed.filter((each) => each.reason === 'tlsListener' || left.has(each));
    }),
  };
}

/** What a decision about one VirtualService adds to the listeners, or that it is not followed. */
type Decision = {
  readonly lists: readonly ListedIn[];
  readonly unfollowed: readonly UnfollowedRoute[];
};

/** A host to list in a listener, by its port; `undefined` for the one without a port. */
type ListedIn = { readonly port: number | undefined; readonly host: string };

function withListed(
  listeners: readonly ScopeListener[],
  lists: readonly ListedIn[],
): readonly ScopeListener[] {
  const byPort = Map.groupBy(lists, ({ port }) => port);
  const extended = listeners.map((listener): ScopeListener => {
    const added = (byPort.get(listener.spec.port?.number) ?? []).map(({ host }) => host);
    return withFurtherHosts(withoutExclusions(listener, added), added);
  });
  const known = new Set(listeners.map(({ spec }) => spec.port?.number));
  const created = [...byPort].flatMap(([port, added]): readonly ScopeListener[] =>
    port === undefined || known.has(port) ? [] : [clusterListener(port, added)],
  );
  if (created.length === 0) return extended;
  return [...extended, ...created].toSorted(byNumber(({ spec }) => spec.port?.number ?? Infinity));
}

/** An exclusion would beat the listed host. */
function withoutExclusions(listener: ScopeListener, added: readonly string[]): ScopeListener {
  const hosts = listener.spec.hosts.filter((host) => !added.some((each) => host === `~${each}`));
  return hosts.length === listener.spec.hosts.length
    ? listener
    : { ...listener, spec: { ...listener.spec, hosts } };
}

/** No service is in such a listener, so Envoy gets no listener from it, only clusters for the ends of the routes. */
const clusterListener = (number: number, lists: readonly ListedIn[]): ScopeListener => ({
  spec: {
    port: { number, name: `http-${number}`, protocol: 'HTTP' },
    hosts: canonicalEgressHosts(lists.map(({ host }) => host)),
  },
  destinations: [],
});

function decisionsFor(
  { importing, listeners }: Omit<CarriedBy, 'carried'>,
  context: Context,
): readonly Decision[] {
  const { snapshot } = context.view;
  const { listener, carried } = importing;
  const setting = { listener, selector: context.scope.selector, snapshot };
  const imported = new Set(importedRoutes(listener.spec.hosts, snapshot).map(routesKey));
  const isImported = (routes: VisibleRoutes): boolean => imported.has(routesKey(routes));
  const further = carriedFurther(carried, snapshot);
  const all = [...carried, ...further];
  const by = { importing, carried: carriedByName(all, context.calls), listeners };
  /** Nothing is told of calls that another listener has. */
  const decideFor = (routes: VisibleRoutes, name: CarriedName): Decision => {
    const decision = decide(routes, name, by, context);
    const served = servedItself(name, importing, listeners);
    return isDecidedBy(routes, { name, served }, setting) ? decision : { ...decision, unfollowed: [] };
  };
  const decisions = carried.flatMap((name) => {
    const { deciding, unheeded } = decidingRoutes(name, setting);
    // A host that nobody registers is only called where the VirtualService that is granted routes it.
    if (name.ports.length === 0 && !deciding.some(isImported)) return [];
    return [
      ...deciding.filter((routes) => !isImported(routes)).map((routes) => decideFor(routes, name)),
      ...unheeded.map((routes) => notFollowed(routes, name, 'tlsListener')),
    ];
  });
  const ofFurther = further
    .filter(({ routes, ...name }) => !isImported(routes) && routesFor(routes, name, setting).length > 0)
    .map((name) => decideFor(name.routes, name));
  return [...decisions, ...ofFurther];
}

const notFollowed = (
  routes: VisibleRoutes,
  { name, provider, destination }: CarriedName,
  reason: RouteNotFollowedReason,
): Decision => {
  const host = egressHost({ namespace: provider, host: name });
  return { lists: [], unfollowed: [{ ...routes, destination, host, reason }] };
};

type CarriedBy = {
  readonly importing: CarryingListener;
  /** What it carries, further names included. */
  readonly carried: CarriedByName;
  /** All listeners of the Sidecar. */
  readonly listeners: readonly CarryingListener[];
};

function decide(routes: VisibleRoutes, carried: CarriedName, by: CarriedBy, context: Context): Decision {
  const { virtualService } = routes;
  const { name, ports } = carried;
  const lists = egressHost({ namespace: virtualService.namespace, host: nameToList(name, routes) });
  const port = by.importing.listener.spec.port?.number;
  const limits = { scope: context.scope, calls: context.calls, port };
  const beside = portsBeside(routes, ports, limits);
  const reason =
    reasonAgainst(lists, routes, carried, by, context) ??
    (endHosts(virtualService, context.scope.selector, context.view.snapshot).some(
      (host) => displacedBy(host, by.importing, by.listeners, context.view) !== undefined,
    )
      ? 'otherEnd'
      : undefined) ??
    (beside.every((number) => canAddCluster(number, routes, by, context)) ? undefined : 'otherPort');
  if (reason !== undefined) return notFollowed(routes, carried, reason);
  return { lists: [port, ...beside].map((number) => ({ port: number, host: lists })), unfollowed: [] };
}

/** A listed wildcard would import the registrations below it, so the exact name of the VirtualService is listed where it has one. */
const nameToList = (name: string, { names }: VisibleRoutes): string =>
  isWildcard(name) ? (names.find((candidate) => !isWildcard(candidate)) ?? name) : name;

function reasonAgainst(
  lists: string,
  routes: VisibleRoutes,
  called: CarriedName,
  { importing: { listener }, carried }: CarriedBy,
  { view, scope, calls }: Context,
): RouteNotFollowedReason | undefined {
  const { snapshot, registry } = view;
  const { name, provider } = called;
  if (!isFollowed(routes, called, snapshot)) return 'untrusted';
  const imported = importedBy(lists, snapshot);
  if (!isNameable(lists) || !imported.some((each) => routesKey(each) === routesKey(routes)))
    return 'notNameable';
  const registered = registry(lists);
  const isKeptOut = listener.spec.hosts.some(
    (host) =>
      host.startsWith('~') &&
      isBelow(host.slice(1), lists) &&
      (host.slice(1) !== lists || registered.length > 0),
  );
  const isKept = registered.length === 0 || keepsRegistration(name, provider, registered, listener, view);
  if (isKeptOut || !isKept) return 'otherRegistration';
  // The listed name imports every VirtualService of the namespace for it, this one among them.
  return imported.some((each) => namesOpened(each, carried, { scope, calls }).length > 0)
    ? 'otherHosts'
    : undefined;
}

/**
 * True if a listener for another port may list the VirtualService, so that Istio builds a cluster for its end there: nothing that is callable on that
 * port may change. Only for the caller's own routing and that of the platform, and for a VirtualService with one host.
 */
function canAddCluster(
  port: number,
  { virtualService: { namespace }, names }: VisibleRoutes,
  { carried, listeners }: CarriedBy,
  { view: { snapshot, registry } }: Context,
): boolean {
  if (!followedNamespaces(snapshot).includes(namespace) || names.length > 1) return false;
  if (names.some((name) => isWildcard(name) || registry(`${namespace}/${name}`).length > 0)) return false;
  const specs = listeners.map(({ listener }) => listener.spec);
  if (specs.some((spec) => spec.port?.number === port)) {
    return (
      port !== 80 ||
      names.some((name) =>
        carried.names.named(name).some(({ ports }) => ports.some(({ number }) => number === 80)),
      )
    );
  }
  const portless = specs.filter((spec) => spec.port === undefined).flatMap(({ hosts }) => hosts);
  return portless
    .filter((host) => !host.startsWith('~'))
    .every(
      (host) =>
        !isWildcard(host) && !registry(host).some(({ ports }) => ports.some(({ number }) => number === port)),
    );
}
