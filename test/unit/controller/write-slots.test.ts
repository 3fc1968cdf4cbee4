// Every namespace has its turn to write, however many writes of another one wait.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWriteSlots } from '../../../src/controller/writes/write-slots.ts';
import { flush } from '../../support/turns.ts';

/** Writes that end when the test says so, in the order in which they started. */
function heldWrites(concurrency: number) {
  const slots = createWriteSlots(concurrency);
  const started: string[] = [];
  const ends: (() => void)[] = [];
  let underWay = 0;
  let most = 0;
  return {
    started,
    most: () => most,
    waiting: slots.waiting,
    add: (namespace: string, name: string): Promise<string> =>
      slots.add(namespace, async () => {
        started.push(name);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise<void>((resolve) => void ends.push(resolve));
        underWay -= 1;
        return name;
      }),
    endAll: async (): Promise<void> => {
      while (ends.length > 0) {
        ends.shift()?.();
        await flush();
      }
    },
  };
}

test('a namespace with one write waits for one turn, not for the thousands before it', async () => {
  const writes = heldWrites(2);
  const flood = Array.from({ length: 1_000 }, (_, index) => writes.add('tenant', `tenant-${index}`));
  const other = [writes.add('red', 'red-0'), writes.add('blue', 'blue-0'), writes.add('red', 'red-1')];
  expect(writes.waiting()).toBe(1_001);
  await writes.endAll();
  expect(writes.waiting()).toBe(0);
  expect(await Promise.all(other)).toEqual(['red-0', 'blue-0', 'red-1']);
  expect(await Promise.all(flood)).toHaveLength(1_000);
  expect(writes.started.slice(0, 8)).toEqual([
    'tenant-0',
    'tenant-1',
    'tenant-2',
    'red-0',
    'blue-0',
    'tenant-3',
    'red-1',
    'tenant-4',
  ]);
});

test('a write that fails frees its slot', async () => {
  const slots = createWriteSlots(1);
  const failing = slots.add('red', () => Promise.reject(new Error('refused')));
  const next = slots.add('red', () => Promise.resolve('written'));
  await expect(failing).rejects.toThrow('refused');
  expect(await next).toBe('written');
});

test('the writes of a namespace start in order, and before each there is at most one of every other that waits', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (namespaces, concurrency) => {
        const writes = heldWrites(concurrency);
        const all = namespaces.map((namespace, index) => writes.add(namespace, `${namespace}${index}`));
        await writes.endAll();
        await Promise.all(all);
        expect(writes.started.toSorted()).toEqual(namespaces.map((name, index) => name + index).toSorted());
        expect(writes.most()).toBeLessThanOrEqual(concurrency);
        for (const namespace of ['a', 'b', 'c']) {
          const own = writes.started.filter((name) => name.startsWith(namespace));
          expect(own).toEqual(own.toSorted((x, y) => Number(x.slice(1)) - Number(y.slice(1))));
        }
        // After the first ones, which found free slots: the n-th write of a namespace waits for at most n of any other.
        const turns = writes.started.slice(concurrency);
        for (const [index, name] of turns.entries()) {
          const before = turns.slice(0, index).map((each) => each[0]);
          const own = before.filter((each) => each === name[0]).length;
          for (const other of ['a', 'b', 'c'])
            expect(before.filter((each) => each === other).length).toBeLessThanOrEqual(own + 1);
        }
      },
    ),
    { numRuns: 50 },
  );
});
