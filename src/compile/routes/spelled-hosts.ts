// Hosts as their owners spell them. Envoy matches names in any case, and so does everything here; but istiod compares what a Sidecar lists or excludes
// with the hosts of ServiceEntries and VirtualServices letter by letter. So a listener says each spelling that is not in lower case too.
import { canonicalEgressHosts, covers, partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';

/** The same listeners, with the other spellings of what they list or exclude. */
export const withSpellings = (
  listeners: readonly ScopeListener[],
  view: MeshView,
): readonly ScopeListener[] =>
  listeners.map((listener) => {
    const spelled = listener.spec.hosts.flatMap((host) => spellingsOf(host, view));
    if (spelled.length === 0) return listener;
    const hosts = canonicalEgressHosts([...listener.spec.hosts, ...spelled]);
    return { ...listener, spec: { ...listener.spec, hosts } };
  });

/** Those that istiod would not find by the host of the listener, though the host covers them. */
function spellingsOf(listed: string, { snapshot }: MeshView): readonly string[] {
  const { namespace, name } = partsOf(listed);
  const { cluster, settings } = snapshot;
  const owner = namespace.replace(/^~/, '');
  const others = [
    ...cluster.registrations(owner).serviceEntries.flatMap(({ spellings }) => spellings),
    ...cluster.istioConfig(owner).virtualServices.flatMap(({ spellings }) => spellings),
  ];
  return others
    .map((spelling) => fullName(spelling, owner, settings))
    .filter((spelling) => !covers(name, spelling) && covers(name, spelling.toLowerCase()))
    .map((spelling) => `${namespace}/${spelling}`)
    .filter(isNameable);
}
