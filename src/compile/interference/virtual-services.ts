// Finds VirtualServices that route a granted call to a host that is not granted.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, egressHost, namespaceOf, partsOf } from '../../domain/istio/egress-host.ts';
import { isSpoofable } from '../../domain/istio/registered-host.ts';
import { fullName, serviceNameIn } from '../../domain/istio/service-host.ts';
import type { Route, RouteDestination, VirtualService } from '../../domain/kinds/virtual-service.ts';
import { excludes } from '../../domain/labels.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { visibleRoutes } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import {
  importedByWildcards,
  reachableHosts,
  type Destination,
  type ReachableHost,
} from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';

/** `excluded` are the VirtualServices that the Sidecar of the scope excludes. */
export function virtualServiceInterference(
  scope: Scope,
  destinations: readonly Destination[],
  excluded: ReadonlySet<VirtualService>,
  { snapshot, registry }: MeshView,
): readonly AffectedHost[] {
  const imported = importedVirtualServices(destinations, snapshot).filter(
    ({ virtualService }) => !excluded.has(virtualService),
  );
  if (imported.length === 0) return [];
  const callable = [
    ...reachableHosts(destinations, registry),
    ...importedByWildcards(destinations, registry),
  ];
  return imported.flatMap((virtualService) =>
    affectedBy(virtualService, { scope, destinations, callable, snapshot }),
  );
}

/** A VirtualService with the full names of its hosts, and the destinations for which a Sidecar imports it. */
type ImportedVirtualService = {
  readonly virtualService: VirtualService;
  readonly names: readonly string[];
  readonly importedFor: readonly Destination[];
};

/**
 * A Sidecar imports a VirtualService of a namespace of which it lists hosts, if one of these hosts is among the hosts of the VirtualService.
 * The whole VirtualService then applies, to hosts of other namespaces too. Source: istio/istio pilot/pkg/model/virtualservice.go,
 * SelectVirtualServices.
 */
function importedVirtualServices(
  destinations: readonly Destination[],
  snapshot: Snapshot,
): readonly ImportedVirtualService[] {
  const namespaces = [...new Set(destinations.map(({ host }) => namespaceOf(host)))];
  return namespaces.flatMap((namespace) => {
    const visible = visibleRoutes(namespace, snapshot);
    if (visible.length === 0) return [];
    const ofNamespace = destinations.filter(({ host }) => namespaceOf(host) === namespace);
    return visible
      .map(({ virtualService, names }) => ({
        virtualService,
        names,
        importedFor: ofNamespace.filter((destination) => isAmong(names, destination)),
      }))
      .filter(({ importedFor }) => importedFor.length > 0);
  });
}

/** True if a name of the destination matches one of the names. Each may be the wildcard of the other. */
const isAmong = (names: readonly string[], { host, aliases }: Destination): boolean =>
  [host, ...aliases].some((listed) => {
    const { name } = partsOf(listed);
    return names.some((candidate) => covers(candidate, name) || covers(name, candidate));
  });

/** What the pods of a scope may call. */
type ScopeCalls = {
  readonly scope: Scope;
  readonly destinations: readonly Destination[];
  /** The hosts at which their calls may end, with the ports that may be called. */
  readonly callable: readonly ReachableHost[];
  readonly snapshot: Snapshot;
};

function affectedBy(
  { virtualService, names, importedFor }: ImportedVirtualService,
  calls: ScopeCalls,
): readonly AffectedHost[] {
  const { namespace, name } = virtualService;
  const { callable, snapshot } = calls;
  const matching = callable.filter(
    ({ host, ports }) => ports.length > 0 && names.some((pattern) => covers(pattern, host.host)),
  );
  return routesFor(virtualService, calls).flatMap((route) => {
    const routedPorts = portsOf(route);
    return route.destinations.flatMap(({ host, port }): readonly AffectedHost[] => {
      const target = { host: fullName(host, namespace, snapshot.settings), port };
      const diagnostic: EntryDiagnostic = {
        code: 'VirtualServiceReroutes',
        virtualService: `${namespace}/${name}`,
        destination: port === undefined ? target.host : `${target.host}:${port}`,
      };
      if (matching.length === 0) {
        // Istio makes virtual hosts on port 80 for names that no Service or ServiceEntry registers.
        return isGranted(target, [80], calls)
          ? []
          : importedFor.map((destination) => ({ destination, host: destination.host, diagnostic }));
      }
      return matching
        .map((reachable) => ({ ...reachable, numbers: calledPorts(reachable, routedPorts) }))
        .filter(({ numbers }) => numbers.length > 0 && !isGranted(target, numbers, calls))
        .map((rerouted) => ({
          destination: rerouted.destination,
          host: egressHost(rerouted.host),
          diagnostic,
        }));
    });
  });
}

type RoutedPorts = 'every' | ReadonlySet<number>;

const portsOf = ({ matches }: Route): RoutedPorts =>
  matches.length === 0 || matches.some(({ port }) => port === undefined)
    ? 'every'
    : new Set(matches.flatMap(({ port }) => port ?? []));

const calledPorts = ({ ports }: ReachableHost, routed: RoutedPorts): readonly number[] =>
  ports.map(({ number }) => number).filter((number) => routed === 'every' || routed.has(number));

/** The routes that apply to some pod of the scope, including the routes of delegates. */
function routesFor({ routes }: VirtualService, { scope, snapshot }: ScopeCalls): readonly Route[] {
  return routes.flatMap((route) => {
    const matches = route.matches.filter(
      ({ sourceNamespace, sourceLabels }) =>
        (sourceNamespace === '' || sourceNamespace === snapshot.namespace) &&
        !excludes(sourceLabels, scope.selector),
    );
    if (route.matches.length > 0 && matches.length === 0) return [];
    const delegated = delegatedRoutes(route, snapshot).map((each) => ({ ...each, matches }));
    return [{ ...route, matches }, ...delegated];
  });
}

function delegatedRoutes({ delegate }: Route, { cluster, settings }: Snapshot): readonly Route[] {
  if (delegate === undefined) return [];
  return cluster
    .istioConfig(delegate.namespace)
    .virtualServices.filter(({ name }) => name === delegate.name)
    .flatMap(({ namespace, routes }) => routes.map((route) => withFullNames(route, namespace, settings)));
}

/** Short names mean Services of the delegate's namespace, not of the namespace of the route that names it. */
const withFullNames = (route: Route, namespace: string, settings: Snapshot['settings']): Route => ({
  ...route,
  destinations: route.destinations.map(({ host, port }) => ({
    host: fullName(host, namespace, settings),
    port,
  })),
});

/**
 * True if the scope may call the target of a route. A route without a port goes to the only port of its host or, if that has several, to the
 * port that was called. On a passthrough host the call goes to the address that the client dialled; that is granted only where the host can be
 * spoofed anyway.
 */
function isGranted(
  { host, port }: RouteDestination,
  called: readonly number[],
  { destinations, callable, snapshot }: ScopeCalls,
): boolean {
  const candidates = callable.filter((reachable) => reachable.host.host === host);
  if (candidates.length === 0) {
    return destinations.some((destination) => wouldGrant(destination, host, snapshot));
  }
  return candidates.some(({ host: registered, ports }) => {
    const [only, ...others] = registered.ports;
    const wanted =
      port === undefined && only && others.length === 0 ? [only.number] : [port ?? called].flat();
    const granted = new Set(
      ports
        .filter((candidate) => !registered.passthrough || isSpoofable(registered, candidate))
        .map(({ number }) => number),
    );
    return wanted.every((number) => granted.has(number));
  });
}

/** True if the destination would grant the host once it exists. A host that exists but is not registered is not exported to the namespace. */
function wouldGrant({ host: listed }: Destination, host: string, { cluster, settings }: Snapshot): boolean {
  const { namespace, name } = partsOf(listed);
  const service = serviceNameIn(namespace, host, settings.clusterDomain);
  const exists = service !== undefined && cluster.service(namespace, service) !== undefined;
  return !exists && (name === '*' ? service !== undefined : covers(name, host));
}
