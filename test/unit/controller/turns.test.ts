// Long computations let others have their turn.
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createMemo } from '../../../src/cluster/memo/memo.ts';
import { createTurns, inParts } from '../../../src/controller/queue/turns.ts';

/** Keeps the processor busy. */
function spend(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** So many values of 2 ms each. */
function longComputation(count: number) {
  const memo = createMemo();
  const computed: number[] = [];
  return {
    computed,
    compute: (isOver: () => boolean): readonly number[] => {
      const { derive } = memo.begin([], isOver);
      return Array.from({ length: count }, (_, key) =>
        derive('value', `${key}`, [], () => {
          spend(2);
          computed.push(key);
          return key;
        }),
      );
    },
  };
}

const UP_TO_49 = Array.from({ length: 50 }, (_, key) => key);

test('a long computation is done in several turns, and computes nothing twice', async () => {
  const { compute, computed } = longComputation(50);
  const state = { turns: 0, isOver: false };
  const others = (async () => {
    while (!state.isOver) {
      await setImmediate();
      state.turns += 1;
    }
  })();
  expect(await inParts(createTurns(), compute, 5)).toEqual(UP_TO_49);
  state.isOver = true;
  await others;
  expect(state.turns).toBeGreaterThan(3);
  expect(computed).toEqual(UP_TO_49);
});

test('two long computations take turns', async () => {
  const [one, other] = [longComputation(50), longComputation(50)];
  const nextTurn = createTurns();
  const first = inParts(nextTurn, one.compute, 5);
  const second = inParts(nextTurn, other.compute, 5);
  expect([one.computed.length, other.computed.length]).not.toContain(50);
  await Promise.all([first, second]);
  expect([one.computed, other.computed]).toEqual([UP_TO_49, UP_TO_49]);
});

test('what changes in between is computed again, and it ends all the same', async () => {
  const memo = createMemo();
  const state = { version: 0 };
  const compute = (isOver: () => boolean): readonly string[] => {
    state.version += 1;
    const { derive } = memo.begin([], isOver);
    return UP_TO_49.map((key) =>
      derive('value', `${key}`, [state.version], () => {
        spend(1);
        return `${key}.${state.version}`;
      }),
    );
  };
  const values = await inParts(createTurns(), compute, 2);
  expect(values).toEqual(UP_TO_49.map((key) => `${key}.${state.version}`));
  expect(state.version).toBeGreaterThan(3);
});

const failing = (): never => {
  throw new Error('a mistake');
};

test('an error that is no pause is passed on', async () => {
  await expect(inParts(createTurns(), failing)).rejects.toThrow('a mistake');
});

test('after it is done, nothing that it gave is paused', async () => {
  const memo = createMemo();
  const run = await inParts(createTurns(), (isOver) => memo.begin([], isOver), 0);
  for (const key of ['a', 'b', 'c']) expect(run.derive('value', key, [], () => key)).toBe(key);
});

test('work that is not remembered is not done again in every part', async () => {
  const memo = createMemo();
  const attempts: number[] = [];
  const compute = (isOver: () => boolean): number => {
    const { derive } = memo.begin([], isOver);
    attempts.push(attempts.length);
    spend(40);
    return Array.from({ length: 20 }, (_, key) => derive('value', `${key}`, [], () => key)).length;
  };
  expect(await inParts(createTurns(), compute, 1)).toBe(20);
  // Two on a free machine; a part that grows by its share alone would need fifteen.
  expect(attempts.length).toBeLessThan(8);
});
