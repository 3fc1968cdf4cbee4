// Waits until the stores have seen the writes of a run, and what others wrote where a write was a conflict, so that the next run of the
// namespace starts from them and writes nothing twice.
import type { ObjectIdentity, Store } from '../../cluster/store.ts';
import type { Written } from '../../kubernetes/writer.ts';
import { objectOf } from '../../plan/steps.ts';
import type { StepResult, StatusResult, Versions } from './apply.ts';
import type { Stores } from '../../cluster/stores.ts';

/** Longest wait, in ms. What is not seen by then is in unseen-writes.ts. */
const DEADLINE_MS = 1_000;

type Watched = Pick<Store<unknown>, 'identity' | 'nextEvent'>;

/** Something that a store must see. */
type Awaited = {
  readonly store: Watched;
  readonly namespace: string;
  readonly name: string;
  /** Whether this is it; `undefined` if there is no object. */
  readonly isObserved: (seen: ObjectIdentity | undefined) => boolean;
};

/** `versions` are those that the writes carried. False if the stores have not seen everything before the deadline. */
export async function awaitOwnWrites(
  steps: readonly StepResult[],
  statuses: readonly StatusResult[],
  versions: Versions,
  stores: Stores,
): Promise<boolean> {
  const writes = [
    ...steps.flatMap((step) => awaitedOfStep(step, versions, stores)),
    ...statuses.flatMap((status) => awaitedOfStatus(status, stores)),
  ];
  if (writes.length === 0) return true;
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  // One after the other: by the time that the last has come, so have those before it.
  for (const { store, namespace, name, isObserved } of writes) {
    while (!isObserved(store.identity(namespace, name)) && !deadline.aborted) await store.nextEvent(deadline);
  }
  return !deadline.aborted;
}

/** Whether the stores show what a step did. Not where nobody knows whether it did it, because there was no answer. */
export function isSeen({ step, result }: StepResult, stores: Stores): boolean {
  if (!result.ok) return result.error === 'skipped' || result.error.kind !== 'unavailable';
  const awaited = awaitedOfStep({ step, result }, new Map(), stores);
  return awaited.every(({ store, namespace, name, isObserved }) =>
    isObserved(store.identity(namespace, name)),
  );
}

/** Waits until it is so, for a second at the most. */
export async function untilShown(store: Pick<Watched, 'nextEvent'>, isSo: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  while (!isSo() && !deadline.aborted) await store.nextEvent(deadline);
}

function awaitedOfStep({ step, result }: StepResult, versions: Versions, stores: Stores): readonly Awaited[] {
  const { kind, namespace, name } =
    step.kind === 'delete' ? step.target : { kind: step.manifest.kind, ...step.manifest.metadata };
  const object = { store: stores[kind], namespace, name };
  if (isConflict({ result })) {
    const carried = versions.get(objectOf(step));
    return [{ ...object, isObserved: (seen) => seen?.resourceVersion !== carried?.resourceVersion }];
  }
  if (!result.ok) return [];
  if (step.kind === 'delete') {
    const { uid } = step.target;
    return [{ ...object, isObserved: (seen) => seen?.uid !== uid }];
  }
  return result.value === undefined ? [] : [{ ...object, isObserved: reaches(result.value) }];
}

function awaitedOfStatus({ intent, result }: StatusResult, stores: Stores): readonly Awaited[] {
  const { namespace, name } = intent;
  const object = { store: stores.EgressIntent, namespace, name };
  if (isConflict({ result }))
    return [{ ...object, isObserved: () => stores.EgressIntent.get(namespace, name) !== intent }];
  return result.ok && result.value !== undefined ? [{ ...object, isObserved: reaches(result.value) }] : [];
}

const isConflict = ({ result }: Pick<StepResult | StatusResult, 'result'>): boolean =>
  !result.ok && result.error !== 'skipped' && result.error.kind === 'conflict';

/** Versions of one resource are numbers that grow. Source: kubernetes.io/docs/reference/using-api/api-concepts, since 1.35. */
const reaches =
  ({ uid, resourceVersion }: Written) =>
  (seen: ObjectIdentity | undefined): boolean =>
    seen !== undefined && (seen.uid !== uid || BigInt(seen.resourceVersion) >= BigInt(resourceVersion));
