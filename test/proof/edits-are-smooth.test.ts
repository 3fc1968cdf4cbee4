// After every single write no pod may call more than before or after the edit, no pod loses a grant that it keeps, and a call that it keeps travels
// as before and after. In the worlds without routing, foreign objects do not register hosts that intents name: which of two registrations Istio
// imports in between is not determined.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { assertProperty } from './assert-property.ts';
import { arbitraryEditSequence } from './edit-sequence.ts';
import { fidelityEdits } from './fidelity-edits.ts';
import { describeInterruption } from './interruptions.ts';
import { judgeEdits } from './judge-edits.ts';
import { nestedHostsEdits } from './nested-hosts.ts';
import { VERSIONS } from './prove.ts';
import { replacedHostsEdits } from './replaced-hosts.ts';

const FIXED_SEED = 20_261_122;

/** Worlds, and how many sequences of edits each seed gives. */
const WORLDS = {
  'without routing': {
    edits: arbitraryEditSequence({ versions: VERSIONS.current, duplicateHosts: false }),
    runs: 60,
  },
  'with routing': { edits: fidelityEdits(VERSIONS.current), runs: 75 },
  'of replaced hosts': { edits: replacedHostsEdits({ versions: VERSIONS.current }), runs: 50 },
  'of nested hosts': { edits: nestedHostsEdits({ versions: VERSIONS.current }), runs: 75 },
};

await withOracle('random edits', (oracle) => {
  test.each([
    ['without routing', 'fixed', FIXED_SEED],
    ['without routing', 'fresh', randomInt(2 ** 31)],
    ['with routing', 'fixed', FIXED_SEED],
    ['with routing', 'fresh', randomInt(2 ** 31)],
    ['of nested hosts', 'fixed', FIXED_SEED],
    ['of nested hosts', 'fresh', randomInt(2 ** 31)],
    ['of replaced hosts', 'fixed', FIXED_SEED],
    ['of replaced hosts', 'fresh', randomInt(2 ** 31)],
  ] as const)(
    'open nothing, interrupt nothing and reroute nothing after any single write (%s, %s seed %i)',
    async (worlds, _kind, seed) => {
      const { edits, runs } = WORLDS[worlds];
      let writes = 0;
      await assertProperty({
        property: 'edits-are-smooth',
        inputs: edits,
        seed,
        runs,
        judge: async (sequence) => {
          const judged = await judgeEdits(sequence, oracle);
          writes += judged.writes;
          return judged.interruptions.map(describeInterruption);
        },
      });
      expect(writes).toBeGreaterThan(runs);
    },
    600_000,
  );
});
