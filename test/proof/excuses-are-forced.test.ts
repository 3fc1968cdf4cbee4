// Istio must force each excuse: where a diagnostic says that a granted call travels otherwise than before, no other listing for its pod would make it
// travel as before without opening or rerouting another call.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { excusedCallsIn, keptBy } from './alternative-sidecars.ts';
import { callsExcusedBy, EXCUSE_WORLDS } from './excuse-worlds/excuse-world.ts';
import { EXCUSES } from './excuses.ts';
import { fidelityWorld } from './fidelity-worlds.ts';
import { VERSIONS } from './prove.ts';

const SEED = 20_261_130;
const WORLDS = 60;
/** Calls that are tried for each combination of codes. */
const EACH = 2;

it('each code that excuses has a world', () => {
  expect(EXCUSE_WORLDS.map(({ code }) => code)).toEqual([...EXCUSES.keys()].toSorted());
});

await withOracle('a call that a diagnostic excuses', (oracle) => {
  it.each(EXCUSE_WORLDS)(
    'would travel as before with no other listing: $code',
    async ({ code, world }) => {
      const [excused] = await callsExcusedBy(code, world, oracle);
      if (excused === undefined) throw new Error(`find another world: npm run excuse -- ${code} --find 1000`);
      expect(await keptBy(excused, world, oracle)).toBeUndefined();
    },
    60_000,
  );

  it('would travel as before with no other listing in random worlds', async () => {
    const tried = new Map<string, number>();
    const kept: string[] = [];
    for (const world of fc.sample(fidelityWorld(VERSIONS.current), { seed: SEED, numRuns: WORLDS }))
      for (const excused of await excusedCallsIn(world, oracle)) {
        const codes = excused.codes.join(' and ');
        const count = tried.get(codes) ?? 0;
        if (count === EACH) continue;
        tried.set(codes, count + 1);
        const alternative = await keptBy(excused, world, oracle);
        if (alternative !== undefined) kept.push(alternative);
      }
    expect(kept).toEqual([]);
    expect(tried.size).toBeGreaterThan(0);
  }, 240_000);
});
