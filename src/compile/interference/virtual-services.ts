// VirtualServices that send an allowed call on to a host that is not granted.
import { excludes } from '../../domain/labels.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isSpoofable } from '../../domain/istio/registered-host.ts';
import type { Route, RouteDestination, VirtualService } from '../../domain/kinds/virtual-service.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import {
  importedByWildcards,
  reachableHosts,
  type Destination,
  type ReachableHost,
} from '../sidecar/destination.ts';
import { covers, egressHost, namespaceOf, partsOf } from '../../domain/istio/egress-host.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { visibleRoutes } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import type { Interference } from './interference.ts';
import { serviceNameIn } from '../../domain/istio/service-host.ts';

/** All that the pods of a scope may call. */
type CallableHosts = {
  readonly destinations: readonly Destination[];
  readonly callees: readonly ReachableHost[];
  readonly snapshot: Snapshot;
};

/**
 * A Sidecar takes a VirtualService from each namespace that it lists a host of, if one of that namespace's listed hosts is among the
 * VirtualService's; the whole of it then counts, for the hosts of other namespaces too. Those that are kept out do not.
 * Source: istio/istio pilot/pkg/model/virtualservice.go, SelectVirtualServices.
 */
export function virtualServiceInterference(
  scope: Scope,
  destinations: readonly Destination[],
  keptOut: ReadonlySet<VirtualService>,
  view: MeshView,
): readonly Interference[] {
  const namespaces = [...new Set(destinations.map(({ host }) => namespaceOf(host)))];
  return namespaces.flatMap((namespace) => {
    const visible = visibleRoutes(namespace, view.snapshot);
    if (visible.length === 0) return [];
    const own = destinations.filter(({ host }) => namespaceOf(host) === namespace);
    return visible.flatMap(({ virtualService, names }) => {
      const taken = own.filter((destination) => appliesTo(destination, names));
      if (taken.length === 0 || keptOut.has(virtualService)) return [];
      return interferenceOf(virtualService, { names, taken, scope, destinations }, view);
    });
  });
}

/** Either may be the wildcard of the other. */
const appliesTo = ({ host, aliases }: Destination, names: readonly string[]): boolean =>
  [host, ...aliases].some((each) => {
    const { name } = partsOf(each);
    return names.some((of) => covers(of, name) || covers(name, of));
  });

type AppliedVirtualService = {
  readonly names: readonly string[];
  /** The destinations for which the VirtualService is taken. */
  readonly taken: readonly Destination[];
  readonly scope: Scope;
  readonly destinations: readonly Destination[];
};

function interferenceOf(
  virtualService: VirtualService,
  { names, taken, scope, destinations }: AppliedVirtualService,
  view: MeshView,
): readonly Interference[] {
  const { namespace, name } = virtualService;
  const { registry, snapshot } = view;
  const callees = [...reachableHosts(destinations, registry), ...importedByWildcards(destinations, registry)];
  const granted: CallableHosts = { destinations, callees, snapshot };
  const called = callees.filter(
    ({ host, ports }) => ports.length > 0 && names.some((of) => covers(of, host.host)),
  );
  return routesOf(virtualService, scope, view).flatMap((route) => {
    const ports = portsOf(route);
    const reached = called.filter(
      (callee) => ports === 'every' || callee.ports.some(({ number }) => ports.has(number)),
    );
    return route.destinations.flatMap(({ host, port }) => {
      const target = { host: fullName(host, namespace, snapshot.settings), port };
      const finding: EntryDiagnostic = {
        code: 'VirtualServiceReroutes',
        virtualService: `${namespace}/${name}`,
        destination: port === undefined ? target.host : `${target.host}:${port}`,
      };
      if (called.length === 0) {
        // Of names that nobody registers Istio makes virtual hosts on port 80.
        return isGranted(target, [80], granted)
          ? []
          : taken.map((destination) => ({ destination, host: destination.host, finding }));
      }
      return reached
        .filter((callee) => !isGranted(target, calledOn(callee, ports), granted))
        .map((callee) => ({ destination: callee.destination, host: egressHost(callee.host), finding }));
    });
  });
}

const calledOn = ({ ports }: ReachableHost, of: 'every' | ReadonlySet<number>): readonly number[] =>
  ports.map(({ number }) => number).filter((number) => of === 'every' || of.has(number));

/** The routes that some pod of the scope may take, with those that others hold for it. */
function routesOf({ routes }: VirtualService, { selector }: Scope, view: MeshView): readonly Route[] {
  return routes.flatMap((route) => {
    const matches = route.matches.filter(
      ({ sourceNamespace, sourceLabels }) =>
        (sourceNamespace === '' || sourceNamespace === view.snapshot.namespace) &&
        !excludes(sourceLabels, selector),
    );
    if (route.matches.length > 0 && matches.length === 0) return [];
    const { delegate } = route;
    const delegated =
      delegate === undefined
        ? []
        : view.snapshot.cluster
            .istioConfig(delegate.namespace)
            .virtualServices.filter(({ name }) => name === delegate.name)
            .flatMap((one) => one.routes.map((each) => inFull(each, one.namespace, view)));
    return [{ ...route, matches }, ...delegated.map((each) => ({ ...each, matches }))];
  });
}

/** The route of another namespace, whose short names are of that namespace. */
const inFull = (route: Route, namespace: string, { snapshot }: MeshView): Route => ({
  ...route,
  destinations: route.destinations.map(({ host, port }) => ({
    host: fullName(host, namespace, snapshot.settings),
    port,
  })),
});

/** Of a host that does not exist yet: whether it would be granted. One that exists and is not known here is not exported to us. */
function wouldGrant(
  { host: listedHost }: Destination,
  host: string,
  { cluster, settings }: Snapshot,
): boolean {
  const { namespace, name } = partsOf(listedHost);
  const service = serviceNameIn(namespace, host, settings.clusterDomain);
  const exists = service !== undefined && cluster.service(namespace, service) !== undefined;
  return !exists && (name === '*' ? service !== undefined : covers(name, host));
}

const portsOf = ({ matches }: Route): 'every' | ReadonlySet<number> =>
  matches.length === 0 || matches.some(({ port }) => port === undefined)
    ? 'every'
    : new Set(matches.flatMap(({ port }) => port ?? []));

/**
 * Without a port of its own the route goes on to the only one that the host has, or to the one that was called. Of a host that is
 * told by the address of each pod only HTTP may leave the address to the client: for that it was granted so.
 */
function isGranted(
  { host, port }: RouteDestination,
  called: readonly number[],
  { destinations, callees, snapshot }: CallableHosts,
): boolean {
  const known = callees.filter((callee) => callee.host.host === host);
  if (known.length === 0) return destinations.some((one) => wouldGrant(one, host, snapshot));
  return known.some(({ host: of, ports }) => {
    const [only, ...others] = of.ports;
    const wanted =
      port === undefined && only && others.length === 0 ? [only.number] : [port ?? called].flat();
    const allowed = new Set(
      ports.filter((each) => !of.passthrough || isSpoofable(of, each)).map(({ number }) => number),
    );
    return wanted.every((number) => allowed.has(number));
  });
}
