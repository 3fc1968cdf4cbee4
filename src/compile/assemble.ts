// Puts one namespace and all that bears on it into a snapshot, in the order in which the compiler may rely on it.
import type { Pod } from '../domain/cluster.ts';
import type { Intent, InvalidIntent } from '../domain/intent.ts';
import type { LiveServiceEntry, LiveSidecar } from '../domain/istio.ts';
import type { Cluster, Snapshot } from '../domain/model.ts';
import { byKey } from '../domain/order.ts';
import type { Mesh } from '../domain/mesh.ts';
import { settle, type Settings } from '../domain/settings.ts';

/** What a namespace holds, in any order, and look-ups into the rest of the cluster. */
export type Objects = {
  readonly intents: readonly (Intent | InvalidIntent)[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  readonly cluster: Cluster;
  readonly mesh: Mesh;
};

export function assemble(namespace: string, objects: Objects, settings: Settings): Snapshot {
  const intents = objects.intents.toSorted(byName);
  return {
    namespace,
    settings: settle(settings, objects.mesh),
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
