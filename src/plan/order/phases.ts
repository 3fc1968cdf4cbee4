// Puts steps into phases by what each waits for. Knows no rule about which write comes when.
import { byNumber } from '../../domain/order.ts';
import type { Step } from '../steps.ts';

/** A step, and the ids of the steps that are in an earlier phase. Ids that no step has are ignored. */
export type OrderedStep = {
  readonly step: Step;
  readonly waitsFor: readonly string[];
  /** Lists of further ids. Many steps may wait for one list: it is looked at once. */
  readonly waitsForAll?: readonly (readonly string[])[];
  /** Preferred order: ignored where it would close a cycle. */
  readonly preferAfter?: readonly string[];
};

/** A step that waits, or a list of ids that others wait for. */
type Waiting = {
  /** Absent for a list. */
  readonly step?: Step;
  readonly position: number;
  /** How many steps and lists it still waits for. */
  blockers: number;
  /** How many steps it would rather come after. */
  preferences: number;
  readonly blocks: Waiting[];
  readonly precedes: Waiting[];
};

/**
 * Puts each step into the first phase that it can be in; within a phase they keep their order. Takes time in proportion to the steps and what they
 * wait for. Throws if `waitsFor` contains a cycle.
 */
export function inPhases(steps: readonly OrderedStep[]): readonly (readonly Step[])[] {
  const phases: (readonly Step[])[] = [];
  const waiting = new Set(waitingSteps(steps));
  let unblocked = [...waiting].filter(({ blockers }) => blockers === 0);
  while (unblocked.length > 0) {
    const preferred = unblocked.filter(({ preferences }) => preferences === 0);
    const phase = (preferred.length > 0 ? preferred : unblocked).toSorted(
      byNumber(({ position }) => position),
    );
    phases.push(phase.flatMap(({ step }) => step ?? []));
    for (const each of phase) waiting.delete(each);
    const left = unblocked.filter((each) => waiting.has(each));
    unblocked = [...left, ...phase.flatMap(released)];
  }
  if (waiting.size === 0) return phases;
  const ids = Array.from(waiting, ({ step }) => step?.id);
  throw new Error(`writes wait for each other: ${ids.join(', ')}`);
}

/** What waits for nothing more once this is done. */
function released({ blocks, precedes }: Waiting): readonly Waiting[] {
  for (const later of precedes) later.preferences -= 1;
  return blocks.flatMap((blocked) => {
    blocked.blockers -= 1;
    if (blocked.blockers > 0) return [];
    return blocked.step === undefined ? released(blocked) : [blocked];
  });
}

function waitingSteps(steps: readonly OrderedStep[]): readonly Waiting[] {
  const waiting = steps.map(({ step }, position) => newWaiting(position, step));
  const byId = new Map<string, Waiting[]>();
  for (const [position, { step }] of steps.entries()) {
    const each = waiting[position];
    if (each !== undefined) byId.set(step.id, [...(byId.get(step.id) ?? []), each]);
  }
  const before = (ids: readonly string[]): readonly Waiting[] =>
    [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
  const lists = new Map<readonly string[], Waiting>();
  const listOf = (ids: readonly string[]): Waiting => {
    const known = lists.get(ids);
    if (known !== undefined) return known;
    const list = newWaiting(-1);
    lists.set(ids, list);
    block(list, before(ids));
    return list;
  };
  for (const [position, { waitsFor, waitsForAll = [], preferAfter = [] }] of steps.entries()) {
    const each = waiting[position];
    if (each === undefined) continue;
    block(each, before(waitsFor));
    block(
      each,
      waitsForAll.map(listOf).filter(({ blockers }) => blockers > 0),
    );
    for (const earlier of before(preferAfter)) {
      earlier.precedes.push(each);
      each.preferences += 1;
    }
  }
  return waiting;
}

const newWaiting = (position: number, step?: Step): Waiting => ({
  ...(step !== undefined && { step }),
  position,
  blockers: 0,
  preferences: 0,
  blocks: [],
  precedes: [],
});

function block(later: Waiting, earlier: readonly Waiting[]): void {
  for (const each of earlier) each.blocks.push(later);
  later.blockers += earlier.length;
}
