// Carries out a plan, phase by phase, and writes the statuses of the intents.
import type PQueue from 'p-queue';
import type { StatusWrite } from '../status/status.ts';
import { ok, type Result } from '../domain/result.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import type { Writer, Written } from '../kubernetes/writer.ts';
import { applyManifest } from './write-in-part.ts';
import { objectOf, type Plan, type Step } from '../plan/steps.ts';

/** How a run writes. `slots` limits how many writes are under way at once, over all namespaces. */
export type WriteDeps = { readonly writer: Writer; readonly slots: PQueue };

/** The result of one step; `skipped` if a step that it must run after failed. */
export type StepResult = {
  readonly step: Step;
  readonly result: Result<Written | undefined, ApiError> | { readonly ok: false; readonly error: 'skipped' };
};

/**
 * Runs the phases in order, and the steps of a phase at once. A step is skipped if a step named in its `after` failed, and one with `all` if
 * any step of an earlier phase failed. Every other step is tried, so that one bad object holds up only what depends on it.
 */
export async function applyPlan({ phases }: Plan, deps: WriteDeps): Promise<readonly StepResult[]> {
  const done: StepResult[] = [];
  for (const phase of phases) {
    const failed = new Set(done.filter(({ result }) => !result.ok).map(({ step }) => step.id));
    const results = await Promise.all(phase.map((step) => applyStep(step, failed, deps)));
    done.push(...results);
  }
  return done;
}

async function applyStep(
  step: Step,
  failed: ReadonlySet<string>,
  { writer, slots }: WriteDeps,
): Promise<StepResult> {
  const blocked = step.after === 'all' ? failed.size > 0 : step.after.some((id) => failed.has(id));
  if (blocked) return { step, result: { ok: false, error: 'skipped' } };
  const result = await slots.add<StepResult['result']>(() =>
    step.kind === 'apply' ? applyManifest(step, writer) : writer.remove(step.target),
  );
  return { step, result };
}

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
export type StatusResult = {
  readonly intent: StatusWrite['intent'];
  readonly result: Result<Written | undefined, ApiError>;
};

export function writeStatuses(
  writes: readonly StatusWrite[],
  { writer, slots }: WriteDeps,
): Promise<readonly StatusResult[]> {
  return Promise.all(
    writes.map(async ({ intent, status }): Promise<StatusResult> => {
      const result = await slots.add(() => writer.applyStatus(intent, status));
      return { intent, result: !result.ok && result.error.kind === 'notFound' ? ok(undefined) : result };
    }),
  );
}
