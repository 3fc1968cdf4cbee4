// An exception must be one that Istio forces on us: where we say that a port cannot be had beside others, no other listener for it
// would give all that is granted and nothing else.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { casesOf, exactListener, type Case } from './alternative-listeners.ts';
import { crowd } from './crowded-worlds.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';

const CASES = 10;

/** The first cases among crowded worlds of a seed, of each world one of each kind. Nobody else governs their pods. */
function someCases(seed: number): readonly Case[] {
  const cases: Case[] = [];
  for (const world of fc.sample(arbitraryWorld({ versions: ['1.31'] }), { seed, numRuns: 1_000 })) {
    const own = Map.groupBy(casesOf(crowd({ ...world, sidecars: [] })), ({ kind }) => kind);
    cases.push(...[...own.values()].flatMap((of) => of.slice(0, 1)));
    if (cases.length >= CASES) break;
  }
  return cases.slice(0, CASES);
}

await withOracle('where a port is not granted', (oracle) => {
  it.each([20_261_122, randomInt(2 ** 31)])(
    'no other listener would have been exact (seed %i)',
    async (seed) => {
      const cases = someCases(seed);
      expect(cases).toHaveLength(CASES);
      for (const one of cases)
        expect({ ...one, exact: await exactListener(one, oracle) }).toEqual({ ...one, exact: undefined });
    },
    240_000,
  );
});
