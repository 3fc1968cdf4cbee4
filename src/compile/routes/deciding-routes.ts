// Which VirtualServices decide about the calls of a name in one listener.
import { egressHost } from '../../domain/istio/egress-host.ts';
import { serviceOfHost } from '../../domain/istio/service-host.ts';
import type { Route } from '../../domain/kinds/virtual-service.ts';
import type { Labels } from '../../domain/labels.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { isFollowedFor } from '../mesh/followed-namespaces.ts';
import { routesNaming, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { asListed } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { CarriedName } from './carried-names.ts';
import { closeness, outdone } from './closest-routes.ts';

type Setting = {
  readonly listener: ScopeListener;
  /** Of the pods. */
  readonly selector: Labels;
  readonly snapshot: Snapshot;
};

export type DecidingRoutes = {
  /** Those that route the calls, or that keep a less exact one away from them. */
  readonly deciding: readonly VisibleRoutes[];
  /** Those that are followed and would route them over TCP, but for a listener of TLS. */
  readonly unheeded: readonly VisibleRoutes[];
};

export function decidingRoutes(name: CarriedName, setting: Setting): DecidingRoutes {
  const { snapshot, listener } = setting;
  const naming = routesNaming(name.name, snapshot);
  const followed = naming.filter((routes) => isFollowed(routes, name, snapshot));
  const isOutdone = outdone(followed);
  const isLess = (routes: VisibleRoutes): boolean => name.ports.length > 0 && isOutdone(name.name, routes);
  const applies = (routes: VisibleRoutes, isHeeded: (route: Route) => boolean): boolean =>
    routesFor(routes, name, setting).some(isHeeded);
  const routing = naming.filter((routes) =>
    applies(
      routes,
      ({ protocol }) => !isOverlooked(protocol, listener) && !(protocol === 'http' && isLess(routes)),
    ),
  );
  const less = naming.filter(
    (routes) => isLess(routes) && applies(routes, ({ protocol }) => protocol === 'http'),
  );
  const farthest = Math.min(...less.map((routes) => closeness(name.name, routes)));
  const isRouting = new Set(routing);
  const keeping = followed.filter(
    (routes) => !isRouting.has(routes) && closeness(name.name, routes) > farthest,
  );
  return {
    deciding: [...routing, ...keeping],
    unheeded: followed.filter((routes) =>
      applies(routes, ({ protocol }) => isOverlooked(protocol, listener)),
    ),
  };
}

/** Whether the listener itself serves calls to which the routes apply: `served` has the ports of the name that it does serve. */
export const isDecidedBy = (
  routes: VisibleRoutes,
  { name, served }: { readonly name: CarriedName; readonly served: CarriedName | undefined },
  setting: Setting,
): boolean =>
  served === name ||
  (served !== undefined &&
    (routesFor(routes, served, setting).length > 0 || routesFor(routes, name, setting).length === 0));

/** A listener of TLS has no tcp routes, not for its hosts with plain TCP either. Source: istio/istio pilot/pkg/networking/core/tls.go. */
const isOverlooked = (protocol: Route['protocol'], { spec }: ScopeListener): boolean =>
  protocol === 'tcp' && spec.port?.protocol === 'TLS';

/** The routes that apply to calls of the name. Only HTTP is routed for a name that nobody registers. */
export const routesFor = (
  { virtualService }: VisibleRoutes,
  { ports }: Pick<CarriedName, 'ports'>,
  { selector, snapshot }: Pick<Setting, 'selector' | 'snapshot'>,
): readonly Route[] =>
  applicableRoutes(virtualService, selector, snapshot).filter((route) =>
    ports.length === 0 ? route.protocol === 'http' : ports.some((port) => appliesToPort(route, port)),
  );

/** True for a VirtualService of the namespace of the name, or of one that is followed for it. */
export function isFollowed(
  { virtualService: { namespace } }: VisibleRoutes,
  { name, provider, destination }: Omit<CarriedName, 'ports'>,
  snapshot: Snapshot,
): boolean {
  const [, ofName] = serviceOfHost(name, snapshot.settings.clusterDomain) ?? [];
  return (
    namespace === ofName ||
    isFollowedFor(namespace, asListed(destination, egressHost({ namespace: provider, host: name })), snapshot)
  );
}
