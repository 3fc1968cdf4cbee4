// Puts one namespace and all that bears on it into a snapshot, in the order in which the compiler may rely on it.
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { Cluster, Snapshot } from './snapshot.ts';
import { byKey } from '../domain/order.ts';
import type { Mesh } from '../domain/kinds/mesh-config.ts';
import { withDefaults, type Settings } from '../domain/settings.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';

/** What a namespace holds, in any order, and look-ups into the rest of the cluster. */
export type NamespaceObjects = {
  readonly intents: readonly (Intent | InvalidIntent)[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  readonly cluster: Cluster;
  readonly mesh: Mesh;
};

export function assemble(namespace: string, objects: NamespaceObjects, settings: Settings): Snapshot {
  const intents = objects.intents.toSorted(byName);
  return {
    namespace,
    settings: withDefaults(settings, objects.mesh),
    mesh: objects.mesh,
    intents: intents.filter((intent) => intent.kind === 'valid'),
    invalid: intents.filter((intent) => intent.kind === 'invalid'),
    pods: objects.pods.toSorted(byName),
    sidecars: objects.sidecars.toSorted(byName),
    serviceEntries: objects.serviceEntries.toSorted(byName),
    cluster: objects.cluster,
  };
}

const byName = byKey<{ readonly name: string }>(({ name }) => name);
