// Waits until the stores have seen the writes of a run, so that the next run of the namespace starts from them and writes nothing twice.
import type { Store } from '../cluster/store.ts';
import type { StepResult, StatusResult } from './apply.ts';
import type { Stores } from '../cluster/stores.ts';

/** Longest wait, in ms. While a watch is down, a run may repeat a write, which then changes nothing. */
const DEADLINE_MS = 1_000;

type Watched = Pick<Store<unknown>, 'identity' | 'nextEvent'>;

/** `version` is absent for an object that was deleted. */
type OwnWrite = {
  readonly store: Watched;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly version?: string;
};

export async function awaitOwnWrites(
  steps: readonly StepResult[],
  statuses: readonly StatusResult[],
  stores: Stores,
): Promise<void> {
  const writes = [
    ...steps.flatMap((step) => writeOfStep(step, stores)),
    ...statuses.flatMap((status) => writeOfStatus(status, stores)),
  ];
  if (writes.length === 0) return;
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  // One after the other: by the time that the last has come, so have those before it.
  for (const write of writes) {
    while (!isObserved(write) && !deadline.aborted) await write.store.nextEvent(deadline);
  }
}

function writeOfStep({ step, result }: StepResult, stores: Stores): readonly OwnWrite[] {
  if (!result.ok) return [];
  if (step.kind === 'delete') {
    const { kind, namespace, name, uid } = step.target;
    return [{ store: stores[kind], namespace, name, uid }];
  }
  if (result.value === undefined) return [];
  const { kind, metadata } = step.manifest;
  const { uid, resourceVersion } = result.value;
  return [
    {
      store: stores[kind],
      namespace: metadata.namespace,
      name: metadata.name,
      uid,
      version: resourceVersion,
    },
  ];
}

function writeOfStatus(
  { intent: { namespace, name }, result }: StatusResult,
  stores: Stores,
): readonly OwnWrite[] {
  if (!result.ok || result.value === undefined) return [];
  const { uid, resourceVersion } = result.value;
  return [{ store: stores.EgressIntent, namespace, name, uid, version: resourceVersion }];
}

/** Versions of one resource are numbers that grow. Source: kubernetes.io/docs/reference/using-api/api-concepts, since 1.35. */
function isObserved({ store, namespace, name, uid, version }: OwnWrite): boolean {
  const seen = store.identity(namespace, name);
  if (version === undefined) return seen?.uid !== uid;
  if (seen === undefined) return false;
  return seen.uid !== uid || BigInt(seen.resourceVersion) >= BigInt(version);
}
