// Declares a test suite whose tests share one oracle.
import { afterAll, beforeAll, describe } from 'vitest';
import { realParts } from '../control-plane/real-parts.ts';
import { ensureOracle, startOracle, type Oracle, type OracleOptions } from './oracle.ts';

/** The part of an oracle that tests use. */
export type OracleClient = Pick<Oracle, 'judge'>;

/**
 * A `describe` block with an oracle that is started before its tests and stopped after them. Where the oracle cannot be built, the
 * block is skipped with a message, or fails in CI: see real-parts.ts.
 */
export async function withOracle(
  title: string,
  tests: (oracle: OracleClient) => void,
  options: OracleOptions = {},
): Promise<void> {
  // oxlint-disable-next-line vitest/valid-title -- the caller chooses it
  describe.runIf(await realParts(ensureOracle(options)))(title, () => {
    let oracle: Oracle | undefined;
    beforeAll(async () => {
      oracle = await startOracle(options);
    });
    afterAll(() => oracle?.stop());
    tests({
      judge: (request) =>
        oracle?.judge(request) ?? Promise.reject(new Error('the oracle was asked before the tests began')),
    });
  });
}
