// Builds the snapshot of a namespace, with every list in the order on which the compiler relies.
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { CustomResourceDefinition } from '../domain/kinds/custom-resource-definition.ts';
import type { Mesh } from '../domain/kinds/mesh-config.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { firstOf, nameOf } from './memo/grouped.ts';
import { byKey } from '../domain/order.ts';
import { withDefaults, type Settings } from '../domain/settings.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { discoveredOnly } from './istiod-view/discovered.ts';
import { readByIstiod } from './istiod-view/read-by-istiod.ts';
import { recordLookups } from './lookup-recorder.ts';
import { createMemo, type Memo, type Run } from './memo/memo.ts';
import type { Snapshot } from './snapshot.ts';

/** The objects of a namespace, in any order, and a reader for the rest of the cluster. */
export type NamespaceObjects = {
  readonly isPaused: boolean;
  readonly unknownPause: string | undefined;
  readonly isTerminating: boolean;
  readonly intents: readonly (Intent | InvalidIntent)[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  readonly cluster: ClusterReader;
  readonly mesh: Mesh;
  readonly definition: CustomResourceDefinition | undefined;
};

/** `memo` is that of the runs of this namespace; without one, everything is computed. For `isOver` see `Memo`. */
export function assemble(
  namespace: string,
  objects: NamespaceObjects,
  settings: Settings,
  memo: Memo = createMemo(),
  isOver?: () => boolean,
): Snapshot {
  const { mesh, definition } = objects;
  const circumstances = [namespace, settings, mesh.istioNamespace, istiodsText(mesh), ...mesh.configs];
  const run = memo.begin(circumstances, isOver);
  const lists = listsOf(objects, run);
  const discovered = discoveredOnly(recordLookups(objects.cluster, run), { namespace, mesh, run });
  return {
    namespace,
    isPaused: objects.isPaused,
    unknownPause: objects.unknownPause,
    isTerminating: objects.isTerminating,
    settings: withDefaults(settings, mesh),
    mesh,
    definition,
    run,
    intentNamed: lists.intentNamed,
    // Read by what is computed for one intent or scope, each list counts as a whole.
    get intents() {
      return lists.intents();
    },
    get invalid() {
      return lists.invalid();
    },
    get pods() {
      return lists.pods();
    },
    get sidecars() {
      return lists.sidecars();
    },
    get serviceEntries() {
      return lists.serviceEntries();
    },
    cluster: readByIstiod(discovered, { mesh, run }),
  };
}

const istiodsText = ({ istiods, revisions = [] }: Mesh): string =>
  JSON.stringify([
    istiods.map(({ pod, version }) => [pod, version.major, version.minor]),
    revisions.map((revision) => revision ?? null),
  ]);

function listsOf({ intents, pods, sidecars, serviceEntries }: NamespaceObjects, run: Run) {
  const inOrder = <T extends { readonly name: string }>(name: string, list: readonly T[]): readonly T[] =>
    run.derive(name, 'in order', [list], () => list.toSorted(byName));
  const all = inOrder('all intents', intents);
  const [valid, invalid] = [
    all.filter((intent) => intent.kind === 'valid'),
    all.filter((intent) => intent.kind === 'invalid'),
  ];
  const ordered = {
    pods: inOrder('own pods', pods),
    sidecars: inOrder('own Sidecars', sidecars),
    serviceEntries: inOrder('own ServiceEntries', serviceEntries),
  };
  return {
    intents: run.tracked('intents', () => valid),
    intentNamed: firstOf(run.grouped('intent of a name', valid, nameOf)),
    invalid: run.tracked('invalid intents', () => invalid),
    pods: run.tracked('pods', () => ordered.pods),
    sidecars: run.tracked('Sidecars', () => ordered.sidecars),
    serviceEntries: run.tracked('ServiceEntries', () => ordered.serviceEntries),
  };
}

const byName = byKey<{ readonly name: string }>(({ name }) => name);
