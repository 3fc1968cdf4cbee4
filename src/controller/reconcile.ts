// One run for one namespace: look, compile, plan, write, tell. It reads stores only, and knows nothing of what woke it.
import { assemble } from '../cluster/assemble.ts';
import { compile } from '../compile/compile.ts';
import { planWrites } from '../plan/plan.ts';
import { statusesFor } from '../status/status.ts';
import type { Settings } from '../domain/settings.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import {
  applyPlan,
  failuresOf,
  writeStatuses,
  type StepResult,
  type WriteDeps,
  type StatusResult,
} from './apply.ts';
import { awaitOwnWrites } from './await-own-writes.ts';
import type { ReconcileResult } from './queue.ts';
import type { LookupIndex } from './route.ts';
import type { ClusterState } from '../cluster/stores.ts';

export type ReconcileDeps = {
  readonly cluster: ClusterState;
  readonly lookupIndex: LookupIndex;
  readonly write: WriteDeps;
  readonly settings: Settings;
  readonly now: () => Date;
};

/** What a run did, for the log and the metrics. */
export type ReconcileReport = {
  readonly result: ReconcileResult;
  readonly steps: readonly StepResult[];
  readonly statuses: readonly StatusResult[];
  readonly errors: readonly ApiError[];
};

export async function reconcileNamespace(namespace: string, deps: ReconcileDeps): Promise<ReconcileReport> {
  const snapshot = assemble(namespace, deps.cluster.objectsIn(namespace), deps.settings);
  const compilation = compile(snapshot);
  deps.lookupIndex.remember(namespace, compilation.lookups); // no await since the read, so no event slips between
  const plan = planWrites(compilation, snapshot);
  const done = await applyPlan(plan, deps.write);
  const outcome = { failures: failuresOf(done) };
  const statuses = statusesFor(snapshot, { compilation, plan, outcome, now: deps.now() });
  const told = await writeStatuses(statuses, deps.write);
  await awaitOwnWrites(done, told, deps.cluster.stores);
  const errors = [...done, ...told].flatMap(({ result }) =>
    result.ok || result.error === 'skipped' ? [] : result.error,
  );
  return { result: verdictOf(errors), steps: done, statuses: told, errors };
}

function verdictOf(errors: readonly ApiError[]): ReconcileResult {
  if (errors.length === 0) return { kind: 'settled' };
  return { kind: 'retry', atLeastMs: Math.max(...errors.map(({ retryAfterMs = 0 }) => retryAfterMs)) };
}
