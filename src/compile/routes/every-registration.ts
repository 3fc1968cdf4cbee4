// Where a listener lists exact hosts only, istiod looks each up by its name and gets one registration of a namespace: one address of a ServiceEntry
// with several, and the oldest of several ServiceEntries, though the caller may not see that one. Of two namespaces the older registration answers.
// Without a Sidecar all that the caller sees answer, the first in order of answer. A wildcard in the listener makes istiod read them all
// again; this one matches nothing. That is so since 1.31, but the version that is known is that of the oldest istiod: while a mesh is upgraded, other
// proxies are served by a newer one. Source: istio/istio pilot/pkg/model/sidecar.go, convertIstioListenerToWrapper and servicesForExactHosts.
import type { Features } from '../../domain/features.ts';
import { isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { isAnsweredByAge } from '../mesh/answering-entry.ts';
import { importedRoutes } from './imported-routes.ts';
import { isVisibleForeign, type MeshView } from '../mesh/service-registry.ts';
import { withFurtherHosts, type ScopeListener } from '../sidecar/egress-listeners.ts';

/** One label below no other domain: a VirtualService for a wildcard above the name would be imported by it. */
const MATCHES_NOTHING = '*.egress-intent-matches-nothing';

/**
 * The same listeners, with the wildcard where registrations would be lost. Its namespace is that of istiod, where tenants write nothing, and the
 * listener excludes the same names: nobody can register something that it imports. Where the oldest istiod refuses exclusions, the wildcard is left
 * out if it would import a route.
 */
export function keepEveryRegistration(
  listeners: readonly ScopeListener[],
  view: MeshView,
  { exclusions }: Features,
): readonly ScopeListener[] {
  const egressHost = `${view.snapshot.mesh.istioNamespace}/${MATCHES_NOTHING}`;
  if (!exclusions && importedRoutes([egressHost], view.snapshot).length > 0) return listeners;
  const added = exclusions ? [egressHost, `~${egressHost}`] : [egressHost];
  return listeners.map((listener) => {
    const { hosts } = listener.spec;
    const isComplete =
      hosts.some(isIncludedWildcard) ||
      (!hosts.some((host) => hasFurtherRegistration(host, view)) &&
        areAnsweredByAge(hosts.map(partsOf), view));
    return isComplete ? listener : withFurtherHosts(listener, added);
  });
}

const isIncludedWildcard = (host: string): boolean => isWildcard(host) && !host.startsWith('~');

/** Managed ServiceEntries do not count: they have one address, and replace others of the same name on purpose. */
function hasFurtherRegistration(host: string, { snapshot }: MeshView): boolean {
  const { namespace, name } = partsOf(host);
  const entries = snapshot.cluster.serviceEntries(namespace, name);
  const foreign = entries.filter(({ managed }) => !managed);
  const visible = foreign.filter((entry) => isVisibleForeign(entry, snapshot));
  const isHidden = visible.length < foreign.length && entries.length > 1;
  return visible.length > 1 || isHidden || visible.some(({ addresses }) => addresses.length > 1);
}

/** False for a name that the listener lists of several namespaces, if the oldest registration is not the first in order of answer. */
function areAnsweredByAge(hosts: readonly ReturnType<typeof partsOf>[], view: MeshView): boolean {
  if (new Set(hosts.map(({ name }) => name)).size === hosts.length) return true;
  return [...Map.groupBy(hosts, ({ name }) => name)].every(([name, listed]) =>
    isAnsweredByAge(
      name,
      listed.map(({ namespace }) => namespace),
      view,
    ),
  );
}
