// An added intent takes no grant from a pod that is restricted already.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { assertProperty } from './assert-property.ts';
import { judgeAddedIntent } from './judge-added-intent.ts';

const FIXED_SEED = 20_261_123;
const WORLDS = 1_000;

test.each([
  ['fixed', FIXED_SEED],
  ['fresh', randomInt(2 ** 31)],
])(
  'a pod keeps its grants when an intent is added (%s seed %i)',
  async (_kind, seed) => {
    let displaced = 0;
    await assertProperty({
      property: 'grants-persist',
      inputs: arbitraryWorld({ versions: ['1.31', '1.30'] }),
      seed,
      runs: WORLDS,
      judge: async (world) => {
        const judged = judgeAddedIntent(world);
        displaced += judged.displaced;
        return judged.lost;
      },
    });
    expect(displaced).toBeGreaterThan(0);
  },
  120_000,
);
