// The keyed queue: one pending run for each key, priorities, errors and draining. Delays are in queue-backoff.test.ts.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyedQueue, type ReconcileResult } from '../../../src/controller/queue.ts';

const SETTLED: ReconcileResult = { kind: 'settled' };

/** A run that the test ends by hand. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

const flush = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const noBug = (key: string, error: unknown): never => {
  throw new Error(`${key} threw`, { cause: error });
};

/** A queue with one run at a time, in which the key `first` runs until the test ends it. `runs` are the keys in the order of their runs. */
function queueBehindFirst() {
  const first = gate();
  const runs: string[] = [];
  const queue = createKeyedQueue({
    concurrency: 1,
    onBug: noBug,
    run: async (key) => {
      runs.push(key);
      if (key === 'first') await first.promise;
      return SETTLED;
    },
  });
  return { queue, runs, first };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('keyed queue', () => {
  test('merges all requests for a waiting key into one run', async () => {
    const { queue, runs, first } = queueBehindFirst();
    queue.add('first');
    for (let n = 0; n < 1000; n += 1) queue.add(n % 2 === 0 ? 'a' : 'b');
    first.open();
    await flush();
    expect(runs).toEqual(['first', 'a', 'b']);
  });

  test('runs a key exactly once more if it is added while it runs', async () => {
    const first = gate();
    let runs = 0;
    const queue = createKeyedQueue({
      concurrency: 4,
      onBug: noBug,
      run: async () => {
        runs += 1;
        if (runs === 1) await first.promise;
        return SETTLED;
      },
    });
    queue.add('a');
    await flush();
    for (let n = 0; n < 10; n += 1) queue.add('a');
    expect(runs).toBe(1);
    first.open();
    await flush();
    expect(runs).toBe(2);
  });

  test('runs the highest priority first, and a waiting key keeps its highest priority', async () => {
    const { queue, runs, first } = queueBehindFirst();
    queue.add('first');
    await flush();
    queue.add('slow');
    queue.add('raised');
    queue.add('urgent', 1);
    queue.add('raised', 2);
    queue.add('raised', 0);
    expect(queue.depth()).toBe(3);
    first.open();
    await flush();
    expect(runs).toEqual(['first', 'raised', 'urgent', 'slow']);
  });

  test('reports a run that throws, and retries the key', async () => {
    const bugs: string[] = [];
    let runs = 0;
    const queue = createKeyedQueue({
      concurrency: 1,
      onBug: (key, error) => bugs.push(`${key}: ${String(error)}`),
      run: async () => {
        runs += 1;
        if (runs === 1) throw new Error('boom');
        return SETTLED;
      },
    });
    queue.add('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect({ bugs, runs }).toEqual({ bugs: ['a: Error: boom'], runs: 2 });
  });

  test('drops waiting keys when it is drained, and waits for the running ones', async () => {
    const first = gate();
    const runs: string[] = [];
    const queue = createKeyedQueue({
      concurrency: 1,
      onBug: noBug,
      run: async (key) => {
        runs.push(key);
        await first.promise;
        return { kind: 'retry' };
      },
    });
    queue.add('a');
    queue.add('b');
    await flush();
    const drained = queue.drain();
    queue.add('c');
    first.open();
    await drained;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(runs).toEqual(['a']);
  });
});
