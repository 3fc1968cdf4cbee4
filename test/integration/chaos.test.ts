// Kill -9 and SIGSTOP of etcd, the API server and the controller at random, under a stream of edits. CHAOS_MINUTES and CHAOS_SEED say how long and
// which; `npm run chaos` does the same by hand.
import { describe, expect, test } from 'vitest';
import { runChaos } from '../chaos/chaos.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';

const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 3);
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);

describe.runIf(await realParts(ensureBinaries()))('chaos', () => {
  test(
    `of ${MINUTES} minutes opens nothing, takes no grant, and ends as a fresh compilation says (CHAOS_SEED=${SEED})`,
    { timeout: (MINUTES + 5) * 60_000 },
    async () => {
      const report = await runChaos({ minutes: MINUTES, seed: SEED, replicas: 1 });
      expect(report.breaches).toEqual([]);
      expect(report.edits).toBeGreaterThan(MINUTES * 20);
      expect(report.versions).toBeGreaterThan(report.edits);
      // What is killed and what is stopped, of three.
      expect(Object.keys(report.faults)).toHaveLength(6);
    },
  );
});
