// ExternalName Services to which imported routes lead. Istio takes the name of one for that of a host, unless the listener of the route lists the Service
// itself: then it sends the calls to the host behind it, if that may be called. Source: istio/istio pilot/pkg/model/push_context.go, resolveServiceAliases.
import { egressHost, isBelow } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { serviceAt, targetOfAlias } from '../mesh/service-names.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { routesKey } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import { withFurtherHosts, type ScopeListener } from '../sidecar/egress-listeners.ts';
import { endHosts } from './end-registration.ts';
import { importedBy, importedRoutes } from './imported-routes.ts';
import type { ScopeCalls } from './scope-calls.ts';

/** The same listeners with the ExternalName Services to which their routes lead, where the pods may call the hosts behind these. */
export const withAliasEnds = (
  listeners: readonly ScopeListener[],
  scope: Scope,
  calls: ScopeCalls,
): readonly ScopeListener[] =>
  listeners.map((listener) => withFurtherHosts(listener, aliasEnds(listener.spec.hosts, scope, calls)));

function aliasEnds(
  listed: readonly string[],
  scope: Scope,
  { callableByName, snapshot }: ScopeCalls,
): readonly string[] {
  const imported = importedRoutes(listed, snapshot);
  const known = new Set(imported.map(routesKey));
  /** A route for the name of the Service would come in with it. */
  const bringsNothingElse = (alias: string): boolean =>
    importedBy(alias, snapshot).every((routes) => known.has(routesKey(routes)));
  const ends = new Set(
    imported.flatMap(({ virtualService }) => endHosts(virtualService, scope.selector, snapshot)),
  );
  return [...ends].flatMap((end) => {
    const service = serviceAt(end, snapshot);
    if (service?.kind !== 'external-name' || !isVisibleTo(snapshot, service)) return [];
    const target = targetOfAlias(end, snapshot);
    const alias = egressHost({ namespace: service.namespace, host: end });
    const isAdded =
      target !== undefined &&
      callableByName.named(target).length > 0 &&
      isNameable(alias) &&
      !listed.some((host) => isBelow(host, alias)) &&
      bringsNothingElse(alias);
    return isAdded ? [alias] : [];
  });
}
