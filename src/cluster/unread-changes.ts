// Changes of which a run would read nothing: a further pod like others, as in a rollout.
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { Labels } from '../domain/labels.ts';
import { selectorIndex } from '../domain/selectors/selector-index.ts';
import type { WatchedKind, WatchedObjects } from './kinds.ts';
import type { Change } from './store.ts';
import type { Stores } from './stores.ts';

/** True if no run of the namespace of an object would read the change. It is asked after the store has the change. */
export type UnreadChanges = <K extends WatchedKind>(kind: K, change: Change<WatchedObjects[K]>) => boolean;

export function createUnreadChanges(stores: Stores): UnreadChanges {
  const known = new Map<string, Selecting>();
  const selectingIn = (namespace: string): Selecting => {
    const intents = stores.EgressIntent.inNamespace(namespace);
    const sidecars = stores.Sidecar.inNamespace(namespace);
    const before = known.get(namespace);
    if (before?.intents === intents && before.sidecars === sidecars) return before;
    const selecting = selectingBy(intents, sidecars);
    if (intents.length === 0) known.delete(namespace);
    else known.set(namespace, selecting);
    return selecting;
  };
  const isUnread: { readonly [K in WatchedKind]?: (change: Change<WatchedObjects[K]>) => boolean } = {
    Pod: ({ before, after }) =>
      [before, after].every(
        (pod) => pod === undefined || isLikeOthers(pod, selectingIn(pod.namespace), stores),
      ),
  };
  return (kind, change) => isUnread[kind]?.(change) ?? false;
}

/** What selects the pods of a namespace. */
type Selecting = {
  readonly intents: readonly (Intent | InvalidIntent)[];
  readonly sidecars: readonly LiveSidecar[];
  readonly intentsFor: (labels: Labels) => readonly Intent[];
  /** The keys of labels by which some intent or Sidecar selects. */
  readonly keys: readonly string[];
};

function selectingBy(
  intents: readonly (Intent | InvalidIntent)[],
  sidecars: readonly LiveSidecar[],
): Selecting {
  const valid = intents.filter((intent) => intent.kind === 'valid');
  const selectors = [...valid, ...sidecars].map(({ selector = {} }) => selector);
  return {
    intents,
    sidecars,
    intentsFor: selectorIndex(valid, ({ selector }) => selector).within,
    keys: [...new Set(selectors.flatMap(Object.keys))],
  };
}

/**
 * True for a pod that no intent selects; and for one that has a like among the pods of its namespace, if no status names it: the labels by which pods
 * are selected, the data plane and what bypasses it are all that is read of a pod besides its name.
 */
function isLikeOthers(pod: Pod, { intentsFor, keys }: Selecting, stores: Stores): boolean {
  const intents = intentsFor(pod.labels);
  if (intents.length === 0) return true;
  if (!intents.every(namesNoPod)) return false;
  const isOnHostNetwork = ({ namespace, name }: Pod): boolean =>
    stores.HostNetworkPod.get(namespace, name) !== undefined;
  const kindOf = ({ dataPlane, bypasses, ownInterception, labels }: Pod): string =>
    JSON.stringify([dataPlane, bypasses, ownInterception === true, keys.map((key) => labels[key])]);
  const kind = kindOf(pod);
  return (
    !isOnHostNetwork(pod) &&
    stores.Pod.inNamespace(pod.namespace).some(
      (other) => other.name !== pod.name && kindOf(other) === kind && !isOnHostNetwork(other),
    )
  );
}

/** True in mode Audit, and where `Effective` is True for the newest spec: then the status names no pod with a problem. */
const namesNoPod = ({ mode, generation, conditions }: Intent): boolean =>
  mode === 'Audit' ||
  conditions.some(
    ({ type, status, observedGeneration }) =>
      type === 'Effective' && status === 'True' && observedGeneration === generation,
  );
