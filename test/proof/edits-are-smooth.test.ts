// Whatever is edited: after every single write no pod is more open than before or after the edit, and none loses a grant that it
// keeps. Left out are names that two namespaces register, since which one Istio takes in between is chance.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { arbitraryEditSequence } from './edit-sequence.ts';
import { VERSIONS } from './prove.ts';
import { judgeEdits } from './judge-edits.ts';

const FIXED_SEED = 20_261_122;
const JOURNEYS = 60;

await withOracle('a journey', (oracle) => {
  test.each([
    ['fixed', FIXED_SEED],
    ['fresh', randomInt(2 ** 31)],
  ])(
    'every write of a random edit is smooth, %s seed %i',
    async (_kind, seed) => {
      let writes = 0;
      const property = fc.asyncProperty(
        arbitraryEditSequence({ versions: VERSIONS.current, rivals: false }),
        async (journey) => {
          const travelled = await judgeEdits(journey, oracle);
          writes += travelled.writes;
          expect(travelled.interruptions).toEqual([]);
        },
      );
      await fc.assert(property, { seed, numRuns: JOURNEYS });
      expect(writes).toBeGreaterThan(JOURNEYS);
    },
    600_000,
  );
});
