// The status of each intent: its conditions and resources, from the compilation, the plan and the outcome of the writes.
import { isDeepStrictEqual } from 'node:util';
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import { PENDING } from '../domain/egress-intent/condition-reasons.ts';
import { problemText } from '../domain/problem.ts';
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { byKey } from '../domain/order.ts';
import { withRanges } from '../domain/istio/range-host.ts';
import { escaped } from '../domain/text.ts';
import {
  MAX_RESOURCES,
  type Condition,
  type GeneratedResource,
  type Status,
  type UndatedCondition,
} from '../domain/egress-intent/status.ts';
import { effectiveConditions } from './effective-condition.ts';
import {
  acceptedCondition,
  programmedCondition,
  resolvedRefsCondition,
  rewrittenText,
  isLive,
  resourcesOf,
  standingOf,
  type IntentShare,
  type Standing,
} from './conditions.ts';
import { readyCondition, stalledCondition } from './ready-condition.ts';
import type { PlanOutcome } from './standing-sidecars.ts';
import type { Compilation } from '../compile/compilation.ts';
import type { Plan } from '../plan/steps.ts';
import { cutText, listText } from './list-text.ts';
import { sharesOf } from './shares.ts';

/** A status to write, and the intent that it belongs to. */
export type StatusWrite = { readonly intent: Intent | InvalidIntent; readonly status: Status };

/** The results of compiling, planning and writing, and the time for conditions whose status changes. */
type StatusInput = RunResult & { readonly now: Date };

type RunResult = {
  readonly compilation: Compilation;
  readonly plan: Plan;
  readonly outcome: PlanOutcome;
};

/**
 * The statuses that differ from the live ones, in order of name. A condition keeps its `lastTransitionTime` until its status
 * flips.
 */
export function statusesFor(snapshot: Snapshot, result: StatusInput): readonly StatusWrite[] {
  const { now } = result;
  const standing = standingOf(snapshot, result);
  const judged = judgedIntents(snapshot, result, standing);
  const writes = [
    ...judged
      .filter(({ judgement }) => !judgement.isUpToDate)
      .map(({ intent, judgement }): StatusWrite => ({ intent, status: statusOf(intent, judgement, now) })),
    ...snapshot.invalid.flatMap((intent): readonly StatusWrite[] => {
      const resources = (intent.status?.resources ?? []).filter((resource) => isLive(resource, standing));
      const status = statusOf(intent, { conditions: invalidConditions(intent), resources }, now);
      return isDeepStrictEqual(intent.status, status) ? [] : [{ intent, status }];
    }),
  ];
  return writes.toSorted(byKey(({ intent }) => intent.name));
}

/** The conditions of the valid intents, whatever their statuses say, without those that sum up the others. In order of name. */
export const conditionsOf = (
  snapshot: Snapshot,
  result: RunResult,
): readonly Pick<Judgement & { readonly intent: Intent }, 'intent' | 'conditions'>[] =>
  judgedIntents(snapshot, result, standingOf(snapshot, result)).map(({ intent, judgement }) => ({
    intent,
    conditions: judgement.conditions,
  }));

const NEVER = new Date(0);

/** What is to be said of an intent. */
type Judgement = {
  readonly conditions: readonly UndatedCondition[];
  readonly resources: Status['resources'];
};

type JudgedIntent = {
  readonly intent: Intent;
  /** `isUpToDate` if that is what its status says already, whatever the time is. */
  readonly judgement: Judgement & { readonly isUpToDate: boolean };
};

function judgedIntents(snapshot: Snapshot, result: RunResult, standing: Standing): readonly JudgedIntent[] {
  const { run } = snapshot;
  const { pending, audited } = standing;
  const rewrittenBy = result.outcome.rewrittenBy ?? NOBODY;
  const shares = sharesOf(result.plan, run);
  const shareOf = run.tracked('share of an intent', (name) => shares.get(name) ?? NO_SHARE, {
    same: isSameShare,
  });
  const { diagnostics } = result.compilation;
  const diagnosticsOf = run.grouped('diagnostics of an intent', diagnostics, ({ intent }) => [intent]);
  const undeletedOf = run.grouped('undeleted of an intent', result.plan.undeleted, ({ intents }) =>
    intents.map(({ name }) => name),
  );
  const auditedOf = run.tracked('audited Sidecar', (key) => audited.get(key));
  const effectiveOf = effectiveConditions(snapshot, result, diagnosticsOf, run);
  const also = [pending.size === 0 ? 'none' : standing, rewrittenBy.size === 0 ? 'nobody' : rewrittenBy];
  const compute = (intent: Intent): JudgedIntent => {
    const { name } = intent;
    const share = shareOf(name);
    const found = diagnosticsOf(name);
    const rewritten = rewrittenText(share, rewrittenBy);
    const conditions = [
      acceptedCondition(found),
      resolvedRefsCondition(found),
      programmedCondition(intent, share, { pending, auditedOf, undeleted: undeletedOf(name) }),
      effectiveOf(intent),
    ];
    const objects = resourcesOf(share, standing);
    const judged = {
      conditions: conditions.map((condition) => withNote(condition, `${rewritten}${numberText(objects)}`)),
      resources: objects.slice(0, MAX_RESOURCES),
    };
    const isUpToDate = isDeepStrictEqual(intent.status, statusOf(intent, judged, NEVER));
    return { intent, judgement: { ...judged, isUpToDate } };
  };
  return deriveEach(run, 'judgement', snapshot.intents, { key: ({ name }) => name, also, compute });
}

/** Only names enter a status. */
const isSameShare = (a: IntentShare, b: IntentShare): boolean =>
  areNamesSame(a.sidecars, b.sidecars) && areNamesSame(a.serviceEntries, b.serviceEntries);

const areNamesSame = (a: readonly { readonly name: string }[], b: typeof a): boolean =>
  a.length === b.length && a.every(({ name }, index) => name === b[index]?.name);

/** Says how many objects there are where `resources` cannot list all. */
const numberText = ({ length }: readonly GeneratedResource[]): string =>
  length <= MAX_RESOURCES ? '' : `; resources lists the first ${MAX_RESOURCES} of ${length} objects`;

const withNote = (condition: UndatedCondition, note: string): UndatedCondition =>
  condition.type === 'Programmed' ? { ...condition, message: `${condition.message}${note}` } : condition;

const NOBODY: NonNullable<PlanOutcome['rewrittenBy']> = new Map();

const NO_SHARE: IntentShare = { sidecars: [], serviceEntries: [] };

function invalidConditions({ problems }: InvalidIntent): readonly UndatedCondition[] {
  const message = 'the intent is invalid, so its Sidecars and ServiceEntries are left unchanged';
  return [
    {
      type: 'Accepted',
      status: 'False',
      reason: 'Invalid',
      message: listText(problems.map(problemText), '; '),
    },
    { type: 'ResolvedRefs', status: 'Unknown', reason: 'Invalid', message },
    { type: 'Programmed', status: 'Unknown', reason: 'Invalid', message },
    { type: 'Effective', status: 'Unknown', reason: 'Invalid', message },
  ];
}

function statusOf(
  { generation, conditions }: Intent | InvalidIntent,
  { conditions: undated, resources }: Judgement,
  now: Date,
): Status {
  return {
    observedGeneration: generation,
    conditions: [...undated, readyCondition(undated), ...stalledCondition(undated)].map((condition) =>
      dated(condition, generation, conditions, now),
    ),
    resources: [...(resources ?? [])],
  };
}

/** Below the limit of the schema. */
const MAX_MESSAGE = 32_000;

/** The one place where a message enters a status. It may contain names and texts from the cluster, so it is escaped here. */
function dated(
  { type, status, reason, message }: UndatedCondition,
  observedGeneration: number,
  live: readonly Condition[],
  now: Date,
): Condition {
  const unchanged = live.find(
    (condition) => condition.type === type && condition.status === status && condition.reason !== PENDING,
  );
  const lastTransitionTime = unchanged?.lastTransitionTime ?? `${now.toISOString().slice(0, 19)}Z`;
  return {
    type,
    status,
    reason,
    message: cutText(escaped(withRanges(message)), MAX_MESSAGE),
    observedGeneration,
    lastTransitionTime,
  };
}
