// The conditions that sum up the others: Ready, and Stalled for tools that wait.
import type { Reason, UndatedCondition } from '../domain/egress-intent/status.ts';

const NOT_READY = {
  Accepted: 'NotAccepted',
  ResolvedRefs: 'UnresolvedRefs',
  Programmed: 'NotProgrammed',
  Effective: 'NotEffective',
} as const satisfies Record<SummedUp['type'], Reason<'Ready'>>;

type SummedUp = UndatedCondition<'Accepted' | 'ResolvedRefs' | 'Programmed' | 'Effective'>;

/**
 * True if every other condition is, or has nothing to say: without pods, and in mode Audit, there is no effect to wait for. Otherwise its reason
 * is that of the first that is False, or else Unknown, and its message names all of them; that of a single one is repeated as it is.
 */
export function readyCondition(conditions: readonly UndatedCondition[]): UndatedCondition<'Ready'> {
  const type = 'Ready';
  const summedUp = conditions.filter(isSummedUp);
  const unmet = summedUp.filter(
    ({ status, reason }) => status !== 'True' && !NOTHING_TO_WAIT_FOR.has(reason),
  );
  const first = unmet.find(({ status }) => status === 'False') ?? unmet[0];
  if (first !== undefined) {
    const message = unmet.length === 1 ? first.message : unmetText(unmet);
    return { type, status: 'False', reason: NOT_READY[first.type], message };
  }
  const audited = summedUp.find(({ reason }) => reason === 'Audited');
  if (audited !== undefined) return { type, status: 'True', reason: 'Audited', message: audited.message };
  const idle = summedUp.find(({ reason }) => reason === 'NoPods');
  if (idle !== undefined) {
    return { type, status: 'True', reason: 'NoPods', message: `everything is in place, but ${idle.message}` };
  }
  const message = 'the selected pods may call what their intents list, and nothing else';
  return { type, status: 'True', reason: 'Ready', message };
}

const isSummedUp = (condition: UndatedCondition): condition is SummedUp =>
  Object.hasOwn(NOT_READY, condition.type);

const NOTHING_TO_WAIT_FOR: ReadonlySet<string> = new Set<Reason<'Effective'>>(['Audit', 'NoPods']);

/** Conditions with the same message are named together: `ResolvedRefs, Programmed are Unknown: ...`. */
function unmetText(unmet: readonly SummedUp[]): string {
  const groups = Map.groupBy(unmet, ({ status, message }) => `${status} ${message}`);
  return [...groups.values()]
    .map((group) => {
      const [first] = group;
      const types = group.map(({ type }) => type).join(', ');
      const verb = group.length === 1 ? 'is' : 'are';
      return `${types} ${verb} ${first?.status}: ${first?.message}`;
    })
    .join('; ');
}

/**
 * Present only while the spec itself must change, so that tools which wait stop waiting. Everything else may come about without a change of the
 * intent. Source: kubernetes-sigs/cli-utils pkg/kstatus.
 */
export function stalledCondition(
  conditions: readonly UndatedCondition[],
): readonly UndatedCondition<'Stalled'>[] {
  return conditions.flatMap((condition): readonly UndatedCondition<'Stalled'>[] => {
    if (condition.type !== 'Accepted' || condition.status !== 'False') return [];
    const { reason, message } = condition;
    return [{ type: 'Stalled', status: 'True', reason, message: `the spec must change: ${message}` }];
  });
}
