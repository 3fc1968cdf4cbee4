// How long the queue waits after a failure, and what shortens the wait.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyedQueue, type ReconcileResult } from '../../../src/controller/queue/queue.ts';
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

  test('in an outage, however long, runs within 5 s of its end', async () => {
    for (const minutes of [0.1, 1, 10, 60]) {
      const started = Date.now();
      const end = started + minutes * 60_000;
      let recovered = 0;
      const queue = createKeyedQueue({
        concurrency: 1,
        onBug: noBug,
        run: async () => {
          if (Date.now() < end) return { kind: 'retry', isOutage: true };
          recovered = Date.now();
          return SETTLED;
        },
      });
      queue.add('a');
      await advance(minutes * 60_000 + 5_000);
      expect(recovered).toBeGreaterThan(0);
      expect(recovered - end).toBeLessThan(5_000);
      await queue.drain();
    }
  });

  test('is woken by the first of many in an outage that succeeds, and many try no more often than 40 times a second', async () => {
    const KEYS = 1_000;
    const end = Date.now() + 120_000;
    let [tries, recovered] = [0, 0];
    const queue = createKeyedQueue({
      concurrency: 10,
      onBug: noBug,
      run: async () => {
        if (Date.now() >= end) recovered += 1;
        else if (Date.now() >= end - 60_000) tries += 1;
        return Date.now() < end ? { kind: 'retry', isOutage: true } : SETTLED;
      },
    });
    for (let key = 0; key < KEYS; key += 1) queue.add(`${key}`);
    await advance(120_000);
    expect(tries).toBeLessThan(60 * 40);
    await advance(1_000);
    for (let turn = 0; turn < KEYS; turn += 10) await flush();
    expect(recovered).toBe(KEYS);
    await queue.drain();
  });

  test('that stays forbidden while others recover is tried about once a second at most', async () => {
    let tries = 0;
    const failures = new Map<string, number>();
    const queue = createKeyedQueue({
      concurrency: 10,
      onBug: noBug,
      run: async (key) => {
        if (key === 'stays') tries += 1;
        const before = failures.get(key) ?? 0;
        failures.set(key, before + 1);
        return key === 'stays' || before === 0 ? { kind: 'retry', isOutage: true } : SETTLED;
      },
    });
    queue.add('stays');
    for (let key = 0; key < 200; key += 1) {
      queue.add(`${key}`);
      await advance(50);
    }
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(17);
    await queue.drain();
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
