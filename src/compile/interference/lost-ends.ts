// Ends of followed routes that are reached otherwise than without the intents, since the pods use another registration of the host, or know nothing of
// the host to which an ExternalName Service leads.
import { egressHost, isBelow } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { Route, RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { answeringEntry, entryTitle } from '../grants/followed-registration.ts';
import { registeredBy } from '../mesh/merged-registration.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { serviceAt, targetOfAlias } from '../mesh/service-names.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { carryingListeners } from '../routes/carried-names.ts';
import {
  displacedBy,
  endHosts,
  hiddenRegistration,
  inferredRegistrations,
} from '../routes/end-registration.ts';
import { importedRoutes } from '../routes/imported-routes.ts';
import { endPort, hasCluster, udpEnds, type RouteEnd } from '../routes/route-limits.ts';
import { namedFor } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { AffectedHost } from './affected-host.ts';
import { calledHosts, routedPorts, type Calls, type CarriedCalls } from './called-hosts.ts';
import { bringsIn, endText, type ListenerImports } from './unreachable-ends.ts';

/** One for each granted host and port that an imported route sends to such an end. */
export const lostEnds = (
  routes: VisibleRoutes,
  calls: CarriedCalls & Listing,
  view: MeshView,
): readonly AffectedHost[] => {
  const { virtualService, names } = routes;
  const called = calledHosts(names, 'related', calls);
  return applicableRoutes(virtualService, calls.scope.selector, view.snapshot).flatMap((route) =>
    called.flatMap(({ destination, host, ports }) =>
      routedPorts({ host: egressHost(host), ports }, route, routes, calls)
        .flatMap(({ number }) =>
          route.destinations.flatMap((end) =>
            loss(
              {
                route: routeTitle(virtualService),
                protocol: route.protocol,
                end,
                port: number,
                providers: providersOf(host.host, calls),
              },
              calls,
              view,
            ),
          ),
        )
        .map((diagnostic) => ({ destination, host: egressHost(host), diagnostic })),
    ),
  );
};

/** What the listeners of the Sidecar list, and what they import by their routes. */
type Listing = { readonly listed: readonly string[]; readonly imports: readonly ListenerImports[] };

type Call = {
  readonly route: string;
  readonly protocol: Route['protocol'];
  readonly end: RouteDestination;
  /** That is called. */
  readonly port: number;
  /** The namespaces whose registrations are followed for these calls. */
  readonly providers: readonly string[];
};

/** Those of the registrations of the called name that are granted, and those that the entries name which grant it. */
const providersOf = (name: string, { callableByName: { named } }: Calls): readonly string[] => [
  ...new Set(
    named(name).flatMap(({ destination, host }) => [
      host.namespace,
      ...namedFor(destination, egressHost(host)),
    ]),
  ),
];

/**
 * What the pods lose of an end; nothing if it is reached as without the intents. A route without a port goes to that of the call, and one that is not HTTP
 * to the only port of the registration that is used, if it has one only. Source: istio/istio pilot/pkg/networking/core/route/route.go,
 * GetDestinationCluster: for HTTP it is given the hosts that have the port of the call.
 */
function loss(
  { route, protocol, end, port, providers }: Call,
  calls: Calls & Listing,
  view: MeshView,
): readonly EntryDiagnostic[] {
  const destination = endText(end);
  const target = targetOfAlias(end.host, view.snapshot);
  if (target !== undefined)
    return isAliasListed(end.host, calls.listed, view) &&
      hasTarget({ host: end.host, port: endPort(end, port, view.snapshot) }, target, calls)
      ? []
      : [{ code: 'RouteEndUnreachable', route, destination, port, target }];
  const granted = calls.callableByName.named(end.host);
  const granting = granted.map((each) => each.host.namespace);
  // What other entries name is not followed for these calls, unless nothing else registers the end.
  const answering =
    answeringEntry(end.host, providers, view.snapshot) ?? answeringEntry(end.host, granting, view.snapshot);
  const before = answering === undefined ? undefined : registeredBy(answering, end.host, view.snapshot);
  if (answering === undefined || before === undefined) return [];
  const portOf = ({ ports: [only, ...others] }: RegisteredHost): number =>
    end.port ?? (protocol !== 'http' && only !== undefined && others.length === 0 ? only.number : port);
  const has = (registered: RegisteredHost): boolean =>
    registered.ports.some(({ number }) => number === portOf(registered));
  if (!has(before)) return [];
  const used = registrationsUsed(end.host, has, granted, view);
  if (used.length === 0) {
    const hidden = hiddenRegistration(end.host, before.namespace, view.snapshot);
    return [{ code: 'RouteEndUnreachable', route, destination, port, hidden }];
  }
  const other = used.find((each) => each.managed || each.namespace !== before.namespace || !has(each));
  if (other === undefined) return [];
  const isForeign = !other.managed && other.namespace !== before.namespace;
  const about = { route, destination, registration: egressHost(other) };
  const serviceEntry = entryTitle(answering);
  return has(other)
    ? [{ code: 'RouteEndReplaced', ...about, serviceEntry, ...(isForeign ? { foreign: true } : {}) }]
    : [{ code: 'RouteEndUnreachable', ...about, port, ...(isForeign ? { serviceEntry } : {}) }];
}

/** True if the pods may call the host behind an ExternalName Service on the port, or a route to that host brings it in. */
function hasTarget(alias: RouteEnd, target: string, calls: Calls & Listing): boolean {
  const end = { ...alias, host: target };
  const isBroughtIn = calls.imports.some((each) => bringsIn(each, end));
  return hasCluster(alias, calls) || (isBroughtIn && !udpEnds(calls.imports, calls.snapshot)(end));
}

/** True if the Sidecar lists the ExternalName Service itself, as only a whole namespace or a VirtualService for it makes it: without, Istio takes its name for that of a cluster. */
function isAliasListed(alias: string, listed: readonly string[], { snapshot }: MeshView): boolean {
  const namespace = serviceAt(alias, snapshot)?.namespace ?? '';
  return listed.some((host) => isBelow(host, egressHost({ namespace, host: alias })));
}

/**
 * One of these answers for the end: the one that is listed, and a managed one before others of its host, or one that Istio finds itself. What it finds adds
 * ports to one that is listed, if both are of one namespace.
 */
function registrationsUsed(
  end: string,
  has: (registered: RegisteredHost) => boolean,
  granted: Calls['callable'],
  view: MeshView,
): readonly RegisteredHost[] {
  const listed = granted.map(({ host, ports }) => ({ ...host, ports }));
  const answering = listed.find(({ managed }) => managed) ?? listed[0];
  const inferred = inferredRegistrations(end, view);
  if (answering === undefined) return inferred;
  const isExtended =
    !answering.managed && inferred.some(({ namespace }) => namespace === answering.namespace);
  return has(answering) || inferred.length > 1 || !isExtended ? [answering] : inferred;
}

/**
 * Hosts that get no clusters, since a route that an earlier listener imports leads to the same name and brings in another registration of it, or loses a
 * port that is UDP as well.
 */
export const displacedHosts = (
  listeners: readonly ScopeListener[],
  { scope }: Calls,
  view: MeshView,
): readonly AffectedHost[] => {
  const carrying = carryingListeners(listeners, view.registry);
  return carrying.flatMap((importing) =>
    importedRoutes(importing.listener.spec.hosts, view.snapshot).flatMap(({ virtualService }) =>
      endHosts(virtualService, scope.selector, view.snapshot).flatMap((end): readonly AffectedHost[] => {
        const displaced = displacedBy(end, importing, carrying, view);
        if (displaced === undefined) return [];
        const { destination, host } = displaced;
        const route = routeTitle(virtualService);
        return [{ destination, host, diagnostic: { code: 'RouteDisplacesHost', route, host } }];
      }),
    ),
  );
};
