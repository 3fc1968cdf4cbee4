// One reconcile of one namespace: assemble, compile, plan, apply, report status. All its input comes from the stores; it does not know what woke it.
import { assemble } from '../cluster/assemble.ts';
import { compile } from '../compile/compile.ts';
import { keptObjects, type KeptObject } from '../compile/lost-intents.ts';
import { planWrites } from '../plan/plan.ts';
import { statusesFor } from '../status/status.ts';
import type { Settings } from '../domain/settings.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import {
  applyPlan,
  failuresOf,
  refusedOf,
  versionsOf,
  writeStatuses,
  type StepResult,
  type WriteDeps,
  type StatusResult,
} from './writes/apply.ts';
import type { DeletionLog } from './deletion-log.ts';
import type { RemovalBrake } from './brakes/removal-brake.ts';
import { needsDefinition, type WhyNotInForce } from './intent-definition.ts';
import { awaitOwnWrites } from './writes/await-own-writes.ts';
import { versionsWritten } from './writes/own-echo.ts';
import type { UnseenWrites } from './writes/unseen-writes.ts';
import type { ForeignWriters, WriteFights } from './writes/write-fights.ts';
import type { ReconcileResult } from './queue/queue.ts';
import type { LookupIndex } from './route.ts';
import { inParts, type NextTurn } from './queue/turns.ts';
import type { Memo } from '../cluster/memo/memo.ts';
import type { Memos } from '../cluster/memo/memos.ts';
import type { ClusterState } from '../cluster/stores.ts';

export type ReconcileDeps = {
  readonly cluster: ClusterState;
  readonly lookupIndex: LookupIndex;
  readonly write: WriteDeps;
  readonly settings: Settings;
  readonly memos: Memos;
  readonly nextTurn: NextTurn;
  readonly now: () => Date;
  readonly whyNotInForce: WhyNotInForce;
  readonly deletions: DeletionLog;
  readonly fights: WriteFights;
  readonly unseen: UnseenWrites;
  /** Whether nothing but statuses is written. */
  readonly auditOnly: boolean;
  readonly removals: RemovalBrake;
};

/** What one reconcile wrote, with results and errors, for the log and the metrics. */
export type ReconcileReport = {
  readonly result: ReconcileResult;
  readonly steps: readonly StepResult[];
  readonly statuses: readonly StatusResult[];
  readonly errors: readonly ApiError[];
  /** What stays because its intents vanished with the definition of their kind. */
  readonly kept: readonly KeptObject[];
  /** Who wrote to the objects that were corrected. */
  readonly corrected: ForeignWriters;
  /** Who rewrites objects again and again. */
  readonly fights: ForeignWriters;
};

export async function reconcileNamespace(namespace: string, deps: ReconcileDeps): Promise<ReconcileReport> {
  const lag = await deps.unseen.caughtUp(namespace);
  if (lag !== undefined) return { ...NOTHING_WRITTEN, result: retryAfter([lag]), errors: [lag], kept: [] };
  const report = await reconcileSeen(namespace, deps);
  deps.unseen.note(namespace, report.steps);
  return report;
}

async function reconcileSeen(namespace: string, deps: ReconcileDeps): Promise<ReconcileReport> {
  const memo = deps.memos.of(namespace);
  const planned = await inParts(deps.nextTurn, (isOver) => plannedWrites(namespace, memo, isOver, deps));
  const { snapshot, compilation, plan, resisting, versions } = planned;
  // After the snapshot: what is in force now was in force when the intents of the snapshot were deleted.
  const kept = keptObjects(snapshot);
  const pause = needsDefinition(plan, snapshot) ? await deps.whyNotInForce(snapshot.definition) : undefined;
  if (pause !== undefined) return { ...NOTHING_WRITTEN, result: retryAfter([pause]), errors: [pause], kept };
  const steps = await applyPlan(plan, deps.write, versions);
  deps.deletions.record(namespace, steps, deps.now());
  const live = [...snapshot.sidecars, ...snapshot.serviceEntries];
  const corrected = deps.fights.record(namespace, steps, live, deps.now());
  const fights = deps.fights.ongoing(namespace, deps.now());
  const { stores } = deps.cluster;
  // Another writer has changed an object of this run, so the status would describe an older version of it.
  if (hasConflict(steps) && (await awaitOwnWrites(steps, [], versions, stores)))
    return { result: AGAIN, steps, statuses: [], errors: [], kept, corrected, fights };
  const outcome = { failures: failuresOf(steps), refused: refusedOf(steps), rewrittenBy: fights };
  const changedStatuses = statusesFor(snapshot, { compilation, plan, outcome, now: deps.now() });
  const statuses = await writeStatuses(changedStatuses, deps.write, stores.EgressIntent);
  const isObserved = await awaitOwnWrites(steps, statuses, versions, stores);
  const errors = [...steps, ...statuses].flatMap(({ result }) =>
    result.ok || result.error === 'skipped' ? [] : result.error,
  );
  if (isObserved && errors.length > 0 && errors.every(({ kind }) => kind === 'conflict'))
    return { result: AGAIN, steps, statuses, errors: [], kept, corrected, fights };
  const settled: ReconcileResult = { kind: 'settled', caused: versionsWritten(steps, statuses) };
  const result = errors.length > 0 ? retryAfter(errors) : resisting.size > 0 ? RETRY : settled;
  return { result, steps, statuses, errors, kept, corrected, fights };
}

/** All of it at one moment: a change between the read and the memory of look-ups would wake nothing. */
function plannedWrites(namespace: string, memo: Memo, isOver: () => boolean, deps: ReconcileDeps) {
  const { cluster, settings } = deps;
  const snapshot = assemble(namespace, cluster.objectsIn(namespace), settings, memo, isOver);
  const compilation = compile(snapshot);
  deps.lookupIndex.remember(namespace, compilation.lookups);
  const resisting = deps.deletions.resisting(namespace, deps.now());
  const brakes = { auditOnly: deps.auditOnly, removals: deps.removals.window(deps.now()) };
  const plan = planWrites(compilation, snapshot, resisting, brakes);
  deps.removals.record(namespace, plan, deps.now());
  return { snapshot, compilation, plan, resisting, versions: versionsOf(plan, cluster.stores) };
}

const NOTHING_WRITTEN = { steps: [], statuses: [], corrected: new Map(), fights: new Map() } as const;

const hasConflict = (steps: readonly StepResult[]): boolean =>
  steps.some(({ result }) => !result.ok && result.error !== 'skipped' && result.error.kind === 'conflict');

/** Somebody else has written first, and the stores know what. */
const AGAIN: ReconcileResult = { kind: 'again' };
const RETRY: ReconcileResult = { kind: 'retry' };

const retryAfter = (errors: readonly ApiError[]): ReconcileResult => ({
  kind: 'retry',
  atLeastMs: Math.max(...errors.map(({ retryAfterMs = 0 }) => retryAfterMs)),
  isOutage: errors.some(({ kind }) => OUTAGES.has(kind)),
});

/** What is cured without a change that the controller sees: of a role, a webhook, or the API server itself. */
const OUTAGES: ReadonlySet<ApiError['kind']> = new Set(['forbidden', 'unavailable', 'throttled']);
