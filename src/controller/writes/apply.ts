// Carries out a plan, phase by phase, and writes the statuses of the intents.
import type { StatusWrite } from '../../status/status.ts';
import { err, ok, type Result } from '../../domain/result.ts';
import type { ApiError } from '../../kubernetes/api-error.ts';
import type { Writer, Written } from '../../kubernetes/writer.ts';
import { applyManifest } from './write-in-part.ts';
import type { WriteSlots } from './write-slots.ts';
import { objectOf, type Plan, type Step } from '../../plan/steps.ts';
import type { Stores } from '../../cluster/stores.ts';
import type { Manifest } from '../../domain/kinds/manifest.ts';

/** How a run writes. `slots` limits how many writes are under way at once, and shares them among the namespaces. */
export type WriteDeps = { readonly writer: Writer; readonly slots: WriteSlots };

/** The result of one step; `skipped` if a step that it must run after failed. */
export type StepResult = {
  readonly step: Step;
  readonly result: Result<Written | undefined, ApiError> | { readonly ok: false; readonly error: 'skipped' };
};

/**
 * The uid and version of each object of a plan, by its id, as the run has read or written it last; absent for one that it creates. Every write
 * carries them, so that a change by anybody else in between, such as another controller that believes that it leads, makes it a conflict.
 */
export type Versions = Map<string, Written>;

/** Must be called before anything is awaited after the snapshot was taken: a later version may hold what the plan does not know. */
export function versionsOf({ phases }: Plan, stores: Stores): Versions {
  const versions: Versions = new Map();
  for (const step of phases.flat()) {
    const { kind, namespace, name } =
      step.kind === 'delete' ? step.target : { kind: step.manifest.kind, ...step.manifest.metadata };
    const identity = stores[kind].identity(namespace, name);
    if (identity !== undefined) versions.set(objectOf(step), identity);
  }
  return versions;
}

/**
 * Runs the phases in order, and the steps of a phase at once. A step is skipped if a step named in its `after` failed, and one with `all` if
 * any step of an earlier phase failed. Every other step is tried, so that one bad object holds up only what depends on it.
 */
export async function applyPlan(
  { phases }: Plan,
  deps: WriteDeps,
  versions: Versions,
): Promise<readonly StepResult[]> {
  const done: StepResult[] = [];
  for (const phase of phases) {
    const failed = new Set(done.filter(({ result }) => !result.ok).map(({ step }) => step.id));
    const results = await Promise.all(phase.map((step) => applyStep(step, failed, deps, versions)));
    done.push(...results);
  }
  return done;
}

async function applyStep(
  step: Step,
  failed: ReadonlySet<string>,
  { writer, slots }: WriteDeps,
  versions: Versions,
): Promise<StepResult> {
  const blocked = step.after === 'all' ? failed.size > 0 : step.after.some((id) => failed.has(id));
  if (blocked) return { step, result: { ok: false, error: 'skipped' } };
  const version = versions.get(objectOf(step));
  const { namespace } = step.kind === 'delete' ? step.target : step.manifest.metadata;
  const result = await slots.add<StepResult['result']>(namespace, () =>
    step.kind === 'apply'
      ? applyManifest({ ...step, manifest: atVersion(step.manifest, version) }, writer)
      : writer.remove({ ...step.target, resourceVersion: version?.resourceVersion }),
  );
  if (result.ok && result.value !== undefined) versions.set(objectOf(step), result.value);
  return { step, result };
}

/** An object that an earlier step of the plan has created has a uid now. */
const atVersion = <M extends Manifest>(manifest: M, version: Written | undefined): M =>
  version === undefined
    ? manifest
    : {
        ...manifest,
        metadata: { ...manifest.metadata, uid: version.uid, resourceVersion: version.resourceVersion },
      };

/** The cause for each object that could not be written, by `Kind/name`; of two writes of one object, that of the first. */
export function failuresOf(done: readonly StepResult[]): ReadonlyMap<string, string> {
  return new Map(
    done.toReversed().flatMap(({ step, result }) => {
      if (result.ok) return [];
      const why =
        result.error === 'skipped'
          ? 'not written, because a write that it depends on failed'
          : result.error.message;
      return [[objectOf(step), why]];
    }),
  );
}

/** The objects, by `Kind/name`, that the API server or a webhook refuses and would refuse again. */
export const refusedOf = (done: readonly StepResult[]): ReadonlySet<string> =>
  new Set(
    done.flatMap(({ step, result }) =>
      !result.ok && result.error !== 'skipped' && result.error.kind === 'rejected' ? [objectOf(step)] : [],
    ),
  );

/** The result of writing one status. It has no value if the intent no longer exists, which counts as success. */
export type StatusResult = StatusWrite & {
  readonly result: Result<Written | undefined, ApiError>;
};

/** An intent that has changed since the snapshot gets no status: what is said of it would be of what it was. */
export function writeStatuses(
  writes: readonly StatusWrite[],
  { writer, slots }: WriteDeps,
  intents: Stores['EgressIntent'],
): Promise<readonly StatusResult[]> {
  return Promise.all(
    writes.map(async ({ intent, status }): Promise<StatusResult> => {
      const { namespace, name } = intent;
      const identity =
        intents.get(namespace, name) === intent ? intents.identity(namespace, name) : undefined;
      if (identity === undefined) return { intent, status, result: err(CHANGED) };
      const result = await slots.add(namespace, () => writer.applyStatus(identity, status));
      return {
        intent,
        status,
        result: !result.ok && result.error.kind === 'notFound' ? ok(undefined) : result,
      };
    }),
  );
}

const CHANGED: ApiError = { kind: 'conflict', message: 'the intent has changed since it was read' };
