// An intent that is added takes nothing from a pod that is closed already: what worked before it works after it.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Grant } from './expectation.ts';
import { effectiveGrants, keyOf } from './effective-grants.ts';
import { modelMesh } from '../support/model-mesh.ts';
import { NOON } from './objects.ts';
import { compileUntilStable } from './judge-world.ts';
import { OWN } from './world-spec.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';

const keysOf = (grants: readonly Grant[]): ReadonlySet<string> => new Set(grants.map(keyOf));

const FIXED_SEED = 20_261_123;

test.each([FIXED_SEED, randomInt(2 ** 31)])(
  'what a pod has, it keeps when an intent is added (seed %i)',
  (seed) => {
    let displaced = 0;
    fc.assert(
      fc.property(arbitraryWorld({ versions: ['1.31', '1.30'] }), (world) => {
        const before = { ...world, intents: world.intents.slice(0, -1) };
        const mesh = modelMesh(OWN, NOON);
        const [was, is] = [compileUntilStable(before, mesh), compileUntilStable(world, mesh)];
        for (const pod of world.pods) {
          const [had, has] = [effectiveGrants(pod, before, was), effectiveGrants(pod, world, is)];
          if (had === 'open' || has === 'open') continue;
          expect([...keysOf(had).difference(keysOf(has))]).toEqual([]);
        }
        displaced += is.compilation.diagnostics.filter(({ code }) => code === 'OlderGrantDisplaced').length;
      }),
      { seed, numRuns: 1_000 },
    );
    expect(displaced).toBeGreaterThan(0);
  },
  120_000,
);
