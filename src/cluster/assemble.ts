// Builds the snapshot of a namespace, with every list in the order on which the compiler relies.
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { CustomResourceDefinition } from '../domain/kinds/custom-resource-definition.ts';
import type { Mesh } from '../domain/kinds/mesh-config.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { byKey } from '../domain/order.ts';
import { withDefaults, type Settings } from '../domain/settings.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { discoveredOnly } from './discovered.ts';
import { recordLookups } from './lookup-recorder.ts';
import type { Snapshot } from './snapshot.ts';

/** The objects of a namespace, in any order, and a reader for the rest of the cluster. */
export type NamespaceObjects = {
  readonly intents: readonly (Intent | InvalidIntent)[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  readonly cluster: ClusterReader;
  readonly mesh: Mesh;
  readonly definition: CustomResourceDefinition | undefined;
};

export function assemble(namespace: string, objects: NamespaceObjects, settings: Settings): Snapshot {
  const intents = objects.intents.toSorted(byName);
  return {
    namespace,
    settings: withDefaults(settings, objects.mesh),
    mesh: objects.mesh,
    definition: objects.definition,
    intents: intents.filter((intent) => intent.kind === 'valid'),
    invalid: intents.filter((intent) => intent.kind === 'invalid'),
    pods: objects.pods.toSorted(byName),
    sidecars: objects.sidecars.toSorted(byName),
    serviceEntries: objects.serviceEntries.toSorted(byName),
    cluster: discoveredOnly(recordLookups(objects.cluster), namespace, objects.mesh),
  };
}

const byName = byKey<{ readonly name: string }>(({ name }) => name);
