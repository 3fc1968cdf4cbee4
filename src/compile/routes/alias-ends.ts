// ExternalName Services to which imported routes lead. Istio takes the name of one for that of a host, unless the listener of the route lists the Service
// itself: then it sends the calls to the host behind it, if that may be called. Source: istio/istio pilot/pkg/model/push_context.go, resolveServiceAliases.
import { covers, egressHost, isBelow, partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { serviceAt, targetOfAlias } from '../mesh/service-names.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { routesKey, type VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import { withFurtherHosts, type ScopeListener } from '../sidecar/egress-listeners.ts';
import { endHosts } from './end-registration.ts';
import { importedBy, importedRoutes } from './imported-routes.ts';
import type { RouteLimits } from './route-limits.ts';
import { isGrantedEnd, type ScopeCalls } from './scope-calls.ts';

/**
 * The same listeners with the ExternalName Services to which their routes lead, where the pods may call the hosts behind these. A listener for one
 * port imports only Services that declare the port, which few ExternalName Services do: the others are in the listener without a port, where TLS and
 * TCP routes find them too.
 */
export function withAliasEnds(
  listeners: readonly ScopeListener[],
  scope: Scope,
  calls: ScopeCalls,
): readonly ScopeListener[] {
  const found = listeners.map((listener) => ({
    listener,
    ends: aliasEnds(listener.spec.hosts, scope, calls),
  }));
  const undeclared = found.flatMap(({ listener: { spec }, ends }) =>
    ends.filter(({ ports }) => spec.port !== undefined && !ports.includes(spec.port.number)),
  );
  const own = found.map(({ listener, ends }) => withEnds(listener, ends, { scope, calls }));
  if (undeclared.length === 0) return own;
  const portless = own.find(({ spec }) => spec.port === undefined) ?? {
    spec: { hosts: [] },
    destinations: [],
  };
  const extended = withEnds(portless, undeclared, { scope, calls });
  return extended === portless ? own : [...own.filter((listener) => listener !== portless), extended];
}

type AliasEnd = {
  /** As a Sidecar lists it. */
  readonly alias: string;
  /** That the Service declares. */
  readonly ports: readonly number[];
};

/** The ExternalName Services to which the routes lead that a listener with these hosts imports. */
function aliasEnds(
  listed: readonly string[],
  scope: Scope,
  { callableByName, snapshot }: ScopeCalls,
): readonly AliasEnd[] {
  const ends = new Set(
    importedRoutes(listed, snapshot).flatMap(({ virtualService }) =>
      endHosts(virtualService, scope.selector, snapshot),
    ),
  );
  return [...ends].flatMap((end) => {
    const service = serviceAt(end, snapshot);
    if (service?.kind !== 'external-name' || !isVisibleTo(snapshot, service)) return [];
    const target = targetOfAlias(end, snapshot);
    const alias = egressHost({ namespace: service.namespace, host: end });
    const isListable = target !== undefined && callableByName.named(target).length > 0 && isNameable(alias);
    return isListable ? [{ alias, ports: service.ports.map(({ number }) => number) }] : [];
  });
}

/**
 * The listener with the ends that it does not list yet, unless a route for the name of the Service would come in with it, or one that it imports would let
 * calls to that name through: Istio routes them once the Service is listed.
 */
function withEnds(
  listener: ScopeListener,
  ends: readonly AliasEnd[],
  { scope, calls }: RouteLimits,
): ScopeListener {
  if (ends.length === 0) return listener;
  const { hosts } = listener.spec;
  const imported = importedRoutes(hosts, calls.snapshot);
  const known = new Set(imported.map(routesKey));
  const added = ends
    .filter(({ alias }) => !hosts.some((host) => isBelow(host, alias)))
    .filter(({ alias }) => importedBy(alias, calls.snapshot).every((routes) => known.has(routesKey(routes))))
    .filter((end) => !imported.some((routes) => opensName(end, routes, { scope, calls })));
  return withFurtherHosts(
    listener,
    added.map(({ alias }) => alias),
  );
}

/** True if the VirtualService would route HTTP for the name of the Service to an end that is not granted. */
function opensName(
  { alias, ports }: AliasEnd,
  { virtualService, names }: VisibleRoutes,
  { scope, calls }: RouteLimits,
): boolean {
  if (!names.some((name) => covers(name, partsOf(alias).name))) return false;
  return applicableRoutes(virtualService, scope.selector, calls.snapshot).some(
    ({ protocol, destinations }) =>
      protocol === 'http' &&
      destinations.some(
        ({ host, port }) =>
          !isGrantedEnd({ host: targetOfAlias(host, calls.snapshot) ?? host, port }, ports, calls),
      ),
  );
}
