// A wildcard that the team or others register, with hosts below it and others on the same ports: grants are exact there too, a port that is not granted
// could not be, and granted calls travel the same.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { assertProperty } from './assert-property.ts';
import { PROPERTIES } from './properties.ts';
import { VERSIONS } from './prove.ts';
import { isBelowRegisteredOnce, mixedWildcardWorld, wildcardWorld } from './wildcard-worlds.ts';

/**
 * Its worlds find it if a host below a wildcard is forgotten, where listeners are chosen or where plain TCP collides; those with mixed ports, if one with
 * another protocol than the wildcard is.
 */
const FIXED_SEED = 3;
const WORLDS = 60;

const MIXED = mixedWildcardWorld(VERSIONS.current);
const INPUTS = { team: wildcardWorld(VERSIONS.current), mixed: MIXED };
const inputsOf = (property: string, worlds: keyof typeof INPUTS) =>
  worlds === 'mixed' && property !== 'grants-are-exact'
    ? MIXED.filter(isBelowRegisteredOnce)
    : INPUTS[worlds];

await withOracle('wildcards', (oracle) => {
  test.each(
    (['grants-are-exact', 'exceptions-are-forced', 'calls-travel-the-same'] as const).flatMap((property) =>
      (['team', 'mixed'] as const).flatMap((worlds) => [
        [property, worlds, 'fixed', FIXED_SEED] as const,
        [property, worlds, 'fresh', randomInt(2 ** 31)] as const,
      ]),
    ),
  )(
    '%s (%s worlds, %s seed %i)',
    async (property, worlds, _kind, seed) => {
      let judged = 0;
      await assertProperty({
        property,
        inputs: inputsOf(property, worlds),
        seed,
        runs: WORLDS,
        judge: async (world) => {
          judged += 1;
          return PROPERTIES[property](world, oracle);
        },
      });
      expect(judged).toBe(WORLDS);
    },
    300_000,
  );
});
