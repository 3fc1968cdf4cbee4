// How long the queue waits after a failure, and what shortens the wait.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyedQueue, type ReconcileResult } from '../../../src/controller/queue.ts';
import { advance, fakeTimers, flush } from '../../support/turns.ts';

const SETTLED: ReconcileResult = { kind: 'settled' };

const noBug = (key: string, error: unknown): never => {
  throw new Error(`${key} threw`, { cause: error });
};

beforeEach(fakeTimers);
afterEach(() => vi.useRealTimers());

describe('a key that failed', () => {
  test('waits longer after each failure, and from the base delay again after a success', async () => {
    const at: number[] = [];
    const started = Date.now();
    const results: ReconcileResult[] = [
      { kind: 'retry' },
      { kind: 'retry' },
      { kind: 'retry' },
      SETTLED,
      { kind: 'retry' },
      SETTLED,
    ];
    const queue = createKeyedQueue({
      concurrency: 1,
      baseDelayMs: 100,
      onBug: noBug,
      run: async () => {
        at.push(Date.now() - started);
        return results.shift() ?? SETTLED;
      },
    });
    queue.add('a');
    await advance(10_000);
    expect(at).toHaveLength(4);
    const [first = 0, second = 0, third = 0, fourth = 0] = at;
    expect([second - first >= 50, second - first <= 100]).toEqual([true, true]);
    expect([third - second >= 100, third - second <= 200]).toEqual([true, true]);
    expect([fourth - third >= 200, fourth - third <= 400]).toEqual([true, true]);
    queue.add('a');
    await advance(101);
    expect(at).toHaveLength(6);
  });

  test('is not retried before the time that the server asked for', async () => {
    const at: number[] = [];
    const started = Date.now();
    const queue = createKeyedQueue({
      concurrency: 1,
      baseDelayMs: 1,
      onBug: noBug,
      run: async () => {
        at.push(Date.now() - started);
        return at.length === 1 ? { kind: 'retry', atLeastMs: 5_000 } : SETTLED;
      },
    });
    queue.add('a');
    await advance(20_000);
    expect(at).toEqual([0, 5_000]);
  });

  test('runs at once if it is added during its delay', async () => {
    let runs = 0;
    const queue = createKeyedQueue({
      concurrency: 1,
      baseDelayMs: 60_000,
      onBug: noBug,
      run: async () => {
        runs += 1;
        return runs === 1 ? { kind: 'retry' } : SETTLED;
      },
    });
    queue.add('a');
    await flush();
    queue.add('a');
    await flush();
    expect(runs).toBe(2);
    await advance(600_000);
    expect(runs).toBe(2);
  });

  test('waits its full delay if it was added during the run that failed', async () => {
    let runs = 0;
    const queue = createKeyedQueue({
      concurrency: 1,
      baseDelayMs: 1_000,
      onBug: noBug,
      run: async (key) => {
        runs += 1;
        if (runs > 1) return SETTLED;
        queue.add(key);
        return { kind: 'retry' };
      },
    });
    queue.add('a');
    await advance(499);
    expect(runs).toBe(1);
    await advance(502);
    expect(runs).toBe(2);
  });

  test('waits as long as the server asked for, even if it is added meanwhile', async () => {
    const at: number[] = [];
    const started = Date.now();
    const queue = createKeyedQueue({
      concurrency: 1,
      onBug: noBug,
      run: async () => {
        at.push(Date.now() - started);
        return at.length === 1 ? { kind: 'retry', atLeastMs: 2_000 } : SETTLED;
      },
    });
    queue.add('a');
    await advance(1_000);
    queue.add('a');
    await advance(10_000);
    expect(at).toEqual([0, 2_000]);
  });
});
