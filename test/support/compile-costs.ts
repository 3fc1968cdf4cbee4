// What a compilation costs, for tests of how that grows with its input.
import { compile } from '../../src/compile/compile.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';

/** The CPU time of this thread so far, in ms, which other processes do not affect. */
export function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The cost of the second as a multiple of the first: the lowest of several rounds each, taken in turn. */
export function ratioOf(first: Snapshot, second: Snapshot, rounds = 9): number {
  const best = [first, second].map(() => Infinity);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, snapshot] of [first, second].entries()) {
      const began = computedMs();
      compile(snapshot);
      best[index] = Math.min(best[index] ?? Infinity, computedMs() - began);
    }
  }
  return (best[1] ?? Infinity) / (best[0] ?? 0);
}
