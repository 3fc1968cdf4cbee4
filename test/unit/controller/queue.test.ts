// The keyed queue: one pending run for each key, priorities, errors and draining. Delays are in queue-backoff.test.ts.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyedQueue, type ReconcileResult } from '../../../src/controller/queue/queue.ts';
import { advance, fakeTimers, flush } from '../../support/turns.ts';

const SETTLED: ReconcileResult = { kind: 'settled' };

/** A run that the test ends by hand. */
function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

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

beforeEach(fakeTimers);
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

  test.each([
    { what: 'a change that the run caused', changes: ['a@2'], caused: ['a@2'], runs: 1 },
    { what: 'several of them', changes: ['a@2', 'b@3', 'a@2'], caused: ['a@2', 'b@3'], runs: 1 },
    { what: 'another version', changes: ['a@2', 'a@3'], caused: ['a@2'], runs: 2 },
    { what: 'a change that nobody can have caused', changes: ['a@2', undefined], caused: ['a@2'], runs: 2 },
    { what: 'a change where the run caused nothing', changes: ['a@2'], caused: [], runs: 2 },
  ])('runs a key $runs times if $what comes while it runs', async ({ changes, caused, runs }) => {
    const first = gate();
    let count = 0;
    const queue = createKeyedQueue({
      concurrency: 4,
      onBug: noBug,
      run: async () => {
        count += 1;
        if (count === 1) await first.promise;
        return { kind: 'settled', caused: new Set(caused) };
      },
    });
    queue.add('a');
    await flush();
    for (const change of changes) queue.add('a', { change });
    first.open();
    await flush();
    expect(count).toBe(runs);
    queue.add('a', { change: 'a@2' }); // afterwards it is no echo
    await flush();
    expect(count).toBe(runs + 1);
  });

  test('starts a run once everything that has arrived is handled, and one run at a turn of the event loop', async () => {
    const events: string[] = [];
    const queue = createKeyedQueue({
      concurrency: 8,
      onBug: noBug,
      run: async (key) => {
        events.push(`run ${key}`);
        setImmediate(() => void events.push(`turn after ${key}`));
        return SETTLED;
      },
    });
    queue.add('a');
    for (let n = 0; n < 50; n += 1) {
      await Promise.resolve(); // as each event of one chunk of a watch
      queue.add(n % 2 === 0 ? 'a' : 'b');
    }
    events.push('burst handled');
    await flush();
    expect(events).toEqual(['burst handled', 'run a', 'turn after a', 'run b', 'turn after b']);
  });

  test('runs the highest priority first, and a waiting key keeps its highest priority', async () => {
    const { queue, runs, first } = queueBehindFirst();
    queue.add('first');
    await flush();
    queue.add('slow');
    queue.add('raised');
    queue.add('urgent', { priority: 1 });
    queue.add('raised', { priority: 2 });
    queue.add('raised', { priority: 0 });
    expect(queue.readings().waiting).toBe(3);
    first.open();
    await flush();
    expect(runs).toEqual(['first', 'raised', 'urgent', 'slow']);
  });

  test('tells what waits, since when, what runs, and what failed', async () => {
    const { queue, first } = queueBehindFirst();
    expect(queue.readings()).toEqual({ waiting: 0, oldestWaitMs: 0, longestRunMs: 0, retrying: 0 });
    queue.add('first');
    await flush();
    queue.add('a');
    await advance(2_000);
    queue.add('b');
    queue.add('a', { priority: 1 }); // keeps its age
    await advance(1_000);
    expect(queue.readings()).toEqual({ waiting: 2, oldestWaitMs: 3_000, longestRunMs: 3_000, retrying: 0 });
    first.open();
    await flush();
    expect(queue.readings()).toEqual({ waiting: 0, oldestWaitMs: 0, longestRunMs: 0, retrying: 0 });
  });

  test('counts a key that failed until it has settled, and tells how long each waited', async () => {
    const results: ReconcileResult[] = [{ kind: 'retry' }, { kind: 'again' }, SETTLED];
    const waits: number[] = [];
    const held = gate();
    const queue = createKeyedQueue({
      concurrency: 1,
      onBug: noBug,
      onBegin: (waitedMs) => waits.push(waitedMs),
      run: async () => {
        if (results.length === 1) await held.promise;
        return results.shift() ?? SETTLED;
      },
    });
    queue.add('a');
    await flush();
    expect(queue.readings()).toMatchObject({ waiting: 0, retrying: 1 });
    await advance(300);
    expect(queue.readings()).toMatchObject({ waiting: 0, retrying: 1 });
    held.open();
    await flush();
    expect(queue.readings().retrying).toBe(0);
    expect(waits).toEqual([0, 0, 0]);
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
    await advance(1_000);
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
    await advance(600_000);
    expect(runs).toEqual(['a']);
  });
});
