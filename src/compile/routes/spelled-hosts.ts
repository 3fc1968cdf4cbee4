// Hosts as their owners spell them. Envoy matches names in any case, and so does everything here; but istiod compares what a Sidecar lists or excludes
// with the hosts of ServiceEntries and VirtualServices letter by letter. So a listener says each spelling that is not in lower case too.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, namespaceOf, partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { withFurtherHosts, type ScopeListener } from '../sidecar/egress-listeners.ts';

/** The same listeners, with the other spellings of what they list or exclude. */
export const withSpellings = (
  listeners: readonly ScopeListener[],
  view: MeshView,
): readonly ScopeListener[] => {
  const namespaces = new Set(listeners.flatMap(({ spec }) => spec.hosts.map(includedNamespaceOf)));
  const spellings = new Map(
    [...namespaces].map((namespace) => [namespace, spellingsIn(namespace, view.snapshot)]),
  );
  return listeners.map((listener) =>
    withFurtherHosts(
      listener,
      listener.spec.hosts.flatMap((host) =>
        spellingsOf(host, spellings.get(includedNamespaceOf(host)) ?? []),
      ),
    ),
  );
};

/** That of a host which a listener lists or excludes. */
const includedNamespaceOf = (listed: string): string => namespaceOf(listed).replace(/^~/, '');

/** Those that istiod would not find by the host of the listener, though the host covers them. */
function spellingsOf(listed: string, spellings: readonly string[]): readonly string[] {
  const { namespace, name } = partsOf(listed);
  return spellings
    .filter((spelling) => !covers(name, spelling) && covers(name, spelling.toLowerCase()))
    .map((spelling) => `${namespace}/${spelling}`)
    .filter(isNameable);
}

/** The hosts of a namespace that are not in lower case, with their full names; for most namespaces none, whatever else changes in them. */
const spellingsIn = (namespace: string, { cluster, settings, run }: Snapshot): readonly string[] =>
  run.derive('spellings', namespace, [], () =>
    [
      ...cluster.registrations(namespace).serviceEntries.flatMap(({ spellings }) => spellings),
      ...cluster.istioConfig(namespace).virtualServices.flatMap(({ spellings }) => spellings),
    ].map((spelling) => fullName(spelling, namespace, settings)),
  );
