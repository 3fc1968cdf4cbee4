// After every single write no pod may call more than before or after the edit, and no pod loses a grant that it keeps. Foreign objects do
// not register hosts that intents name: which of two registrations Istio imports in between is not determined.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { assertProperty } from './assert-property.ts';
import { arbitraryEditSequence } from './edit-sequence.ts';
import { describeInterruption, judgeEdits } from './judge-edits.ts';
import { VERSIONS } from './prove.ts';

const FIXED_SEED = 20_261_122;
const SEQUENCES = 60;

await withOracle('random edits', (oracle) => {
  test.each([
    ['fixed', FIXED_SEED],
    ['fresh', randomInt(2 ** 31)],
  ])(
    'open nothing and interrupt nothing after any single write (%s seed %i)',
    async (_kind, seed) => {
      let writes = 0;
      await assertProperty({
        property: 'edits-are-smooth',
        inputs: arbitraryEditSequence({ versions: VERSIONS.current, duplicateHosts: false }),
        seed,
        runs: SEQUENCES,
        judge: async (sequence) => {
          const judged = await judgeEdits(sequence, oracle);
          writes += judged.writes;
          return judged.interruptions.map(describeInterruption);
        },
      });
      expect(writes).toBeGreaterThan(SEQUENCES);
    },
    600_000,
  );
});
