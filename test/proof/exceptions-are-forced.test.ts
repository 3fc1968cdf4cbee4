// Istio must force each exception: where a diagnostic says that a port is not granted, no other listener for the port grants exactly what
// the intents grant.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { avoidableCases, casesOf, type Case } from './alternative-listeners.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { crowdedWorld } from './crowded-worlds.ts';
import { failureOf } from './report.ts';

const FIXED_SEED = 20_261_122;
const CASES = 10;

/** The first cases in crowded worlds of the seed, at most one of each kind from a world. No foreign Sidecar governs their pods. */
function someCases(seed: number): readonly Case[] {
  const cases: Case[] = [];
  for (const world of fc.sample(arbitraryWorld({ versions: ['1.31'] }), { seed, numRuns: 1_000 })) {
    const byKind = Map.groupBy(casesOf(crowdedWorld({ ...world, sidecars: [] })), ({ kind }) => kind);
    cases.push(...[...byKind.values()].flatMap((sameKind) => sameKind.slice(0, 1)));
    if (cases.length >= CASES) break;
  }
  return cases.slice(0, CASES);
}

await withOracle('a port that is not granted', (oracle) => {
  it.each([
    ['fixed', FIXED_SEED],
    ['fresh', randomInt(2 ** 31)],
  ])(
    'would be granted exactly by no other listener (%s seed %i)',
    async (_kind, seed) => {
      const cases = someCases(seed);
      expect(cases).toHaveLength(CASES);
      for (const candidate of cases) {
        const avoidable = await avoidableCases([candidate], oracle);
        if (avoidable.length > 0)
          throw await failureOf(
            { property: 'exceptions-are-forced', input: candidate.world, istio: 'current' },
            avoidable,
          );
      }
    },
    240_000,
  );
});
