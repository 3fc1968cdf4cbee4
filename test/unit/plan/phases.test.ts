// Phases are those of the plain rule, which looks at every waiting step again for each phase, and cost much less.
import { assert, infiniteStream, nat, property, shuffledSubarray, tuple, type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { inPhases, type OrderedStep } from '../../../src/plan/order/phases.ts';
import { deleteStep } from '../../../src/plan/steps.ts';
import { liveSidecar } from '../../support/literals.ts';

type Ids = readonly string[];

const ordered = (
  position: number,
  waitsFor: Ids,
  waitsForAll: readonly Ids[] = [],
  preferAfter: Ids = [],
): OrderedStep => ({ step: deleteStep(liveSidecar(`${position}`)), waitsFor, waitsForAll, preferAfter });

const idOf = (position: number): string => `Sidecar/${position}`;

const idsOf = (phases: ReturnType<typeof inPhases>): readonly Ids[] =>
  phases.map((phase) => phase.map(({ id }) => id));

function plainPhases(steps: readonly OrderedStep[]): readonly Ids[] {
  const phases: Ids[] = [];
  let waiting = steps;
  while (waiting.length > 0) {
    const pending = new Set(waiting.map(({ step }) => step.id));
    const isDone = (ids: Ids): boolean => ids.every((id) => !pending.has(id));
    const unblocked = waiting.filter(
      ({ waitsFor, waitsForAll = [] }) => isDone(waitsFor) && waitsForAll.every(isDone),
    );
    const preferred = unblocked.filter(({ preferAfter = [] }) => isDone(preferAfter));
    const ready = preferred.length > 0 ? preferred : unblocked;
    if (ready.length === 0) throw new Error('a cycle');
    phases.push(ready.map(({ step }) => step.id));
    waiting = waiting.filter((each) => !ready.includes(each));
  }
  return phases;
}

/** Each waits for some that come before it in a hidden order, and prefers to come after any. */
const steps: Arbitrary<readonly OrderedStep[]> = tuple(
  shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 4 }),
  infiniteStream(nat(255)),
).map(([order, bits]) => {
  const chosen = (from: readonly number[]): Ids => {
    const mask = Number(bits.next().value);
    return from.filter((position) => (mask & (1 << position)) !== 0).map(idOf);
  };
  const shared = chosen(order.slice(0, 3));
  const made = order.map((position, index) => {
    const earlier = order.slice(0, index);
    const lists = [chosen(earlier), ...(index >= 3 ? [shared] : [])];
    return ordered(position, [...chosen(earlier), 'Sidecar/unknown'], lists, chosen(order));
  });
  return made.toSorted((a, b) => (a.step.id < b.step.id ? -1 : 1));
});

test('the phases of the plain rule', () => {
  assert(
    property(steps, (some) => {
      expect(idsOf(inPhases(some))).toEqual(plainPhases(some));
    }),
    { numRuns: 500 },
  );
});

test('a cycle is a bug, and its steps are named', () => {
  const cycle = [ordered(0, ['Sidecar/1']), ordered(1, [], [['Sidecar/0']]), ordered(2, [])];
  expect(() => inPhases(cycle)).toThrow('writes wait for each other: Sidecar/0, Sidecar/1');
});

/** The CPU time of this thread so far, in ms. */
function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

test('a chain of 2,000 steps, all of which 2,000 others wait for, takes less than a second', () => {
  const chain = Array.from({ length: 2_000 }, (_, position) =>
    ordered(position, position === 0 ? [] : [idOf(position - 1)]),
  );
  const ids = chain.map(({ step }) => step.id);
  const others = chain.map((_, index) => ordered(2_000 + index, [], [ids]));
  const began = computedMs();
  const phases = inPhases([...others, ...chain]);
  expect(computedMs() - began).toBeLessThan(1_000);
  expect(phases).toHaveLength(2_001);
  expect(phases.at(-1)).toHaveLength(2_000);
});
