// A suite of tests that istiod's own code judges: one oracle for all of them.
import { afterAll, beforeAll, describe } from 'vitest';
import { realParts } from '../control-plane/real-parts.ts';
import { ensureOracle, startOracle, type Oracle, type OracleOptions } from './oracle.ts';

/** What tests need of an oracle. */
export type OracleClient = Pick<Oracle, 'judge'>;

/** Skipped, out loud, where an oracle cannot be built. */
export async function withOracle(
  title: string,
  tests: (oracle: OracleClient) => void,
  options: OracleOptions = {},
): Promise<void> {
  // oxlint-disable-next-line vitest/valid-title -- it is the caller's to choose
  describe.runIf(await realParts(ensureOracle(options)))(title, () => {
    let oracle: Oracle | undefined;
    beforeAll(async () => {
      oracle = await startOracle(options);
    });
    afterAll(() => oracle?.stop());
    tests({
      judge: (world) => oracle?.judge(world) ?? Promise.reject(new Error('asked before the tests began')),
    });
  });
}
