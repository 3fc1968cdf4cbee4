// Each pod of a random world may call exactly what its intents grant; the oracle, istiod's own code, judges every call.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { ensureOracle, startOracle, type Oracle } from '../kits/oracle/oracle.ts';
import { describeMismatch } from './mismatches.ts';
import { prove, VERSIONS } from './prove.ts';
import { failureOf } from './report.ts';

const FIXED_SEED = 20_261_122;
const WORLDS = 500;

describe.runIf(await realParts(ensureOracle()))('the proof', () => {
  let oracles: readonly Oracle[];
  beforeAll(async () => {
    oracles = await Promise.all([startOracle(), startOracle()]);
  });
  afterAll(async () => {
    await Promise.all(oracles.map(async (oracle) => oracle.stop()));
  });

  test('in a thousand random worlds each pod may call what its intents grant and nothing else', async () => {
    const fresh = randomInt(2 ** 31);
    process.stdout.write(`proof: seeds ${FIXED_SEED} and ${fresh}\n`);
    const proofs = await Promise.all(
      [FIXED_SEED, fresh].map(async (seed, index) => {
        const oracle = oracles[index];
        if (oracle === undefined) throw new Error('there is one oracle for each seed');
        return prove({ oracle, seed, worlds: WORLDS, versions: VERSIONS.current });
      }),
    );
    for (const { failure } of proofs)
      if (failure !== undefined)
        throw await failureOf(
          { property: 'grants-are-exact', input: failure.input, istio: 'current' },
          failure.findings.map(describeMismatch),
        );
    expect(proofs.map(({ worlds }) => worlds)).toEqual([WORLDS, WORLDS]);
  }, 600_000);
});
