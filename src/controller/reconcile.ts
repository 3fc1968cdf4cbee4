// One run for one namespace: look, compile, plan, write, tell. It reads stores only, and knows nothing of what woke it.
import { assemble } from '../cluster/assemble.ts';
import { compile } from '../compile/compile.ts';
import { planWrites } from '../plan/plan.ts';
import { statusesFor } from '../status/status.ts';
import type { Settings } from '../domain/settings.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import { applyPlan, failuresOf, writeStatuses, type Done, type Hand, type Told } from './apply.ts';
import { awaitEcho } from './await-own-writes.ts';
import type { Verdict } from './queue.ts';
import type { LookupMemory } from './route.ts';
import type { World } from '../cluster/stores.ts';

export type Deps = {
  readonly world: World;
  readonly memory: LookupMemory;
  readonly hand: Hand;
  readonly settings: Settings;
  readonly now: () => Date;
};

/** What a run did, for the log and the metrics. */
export type Run = {
  readonly verdict: Verdict;
  readonly done: readonly Done[];
  readonly told: readonly Told[];
  readonly errors: readonly ApiError[];
};

export async function reconcileNamespace(namespace: string, deps: Deps): Promise<Run> {
  const snapshot = assemble(namespace, deps.world.objectsFor(namespace), deps.settings);
  const compilation = compile(snapshot);
  deps.memory.remember(namespace, compilation.lookups); // no await since the read, so no event slips between
  const plan = planWrites(compilation, snapshot);
  const done = await applyPlan(plan, deps.hand);
  const outcome = { failures: failuresOf(done) };
  const statuses = statusesFor(snapshot, { compilation, plan, outcome, now: deps.now() });
  const told = await writeStatuses(statuses, deps.hand);
  await awaitEcho(done, told, deps.world.stores);
  const errors = [...done, ...told].flatMap(({ result }) =>
    result.ok || result.error === 'skipped' ? [] : result.error,
  );
  return { verdict: verdictOf(errors), done, told, errors };
}

function verdictOf(errors: readonly ApiError[]): Verdict {
  if (errors.length === 0) return { kind: 'settled' };
  return { kind: 'retry', atLeastMs: Math.max(...errors.map(({ retryAfterMs = 0 }) => retryAfterMs)) };
}
