// The keyed queue under random requests: no key runs twice at the same time, and every request leads to a run.
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createKeyedQueue } from '../../../src/controller/queue/queue.ts';

test('no key runs twice at the same time, and every key runs after its last request', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), priority: fc.nat(3) }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (requests, concurrency) => {
        const running = new Set<string>();
        const addedAt = new Map<string, number>();
        const served = new Map<string, number>();
        let overlaps = 0;
        let tick = 0;
        const queue = createKeyedQueue({
          concurrency,
          onBug: (key, error) => {
            throw new Error(`${key} threw`, { cause: error });
          },
          run: async (key) => {
            if (running.has(key)) overlaps += 1;
            running.add(key);
            tick += 1;
            served.set(key, tick);
            await new Promise((resolve) => void setImmediate(resolve));
            running.delete(key);
            return { kind: 'settled' };
          },
        });
        for (const { key, priority } of requests) {
          queue.add(key, { priority });
          addedAt.set(key, tick);
          if (tick % 3 === 0) await new Promise((resolve) => void setImmediate(resolve));
        }
        await vi.waitFor(
          () => {
            for (const [key, at] of addedAt) expect(served.get(key)).toBeGreaterThan(at - 1);
          },
          { interval: 1 },
        );
        await queue.drain();
        expect(overlaps).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});
