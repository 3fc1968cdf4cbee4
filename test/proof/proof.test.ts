// No more and no less: each pod of a random world may call exactly what its intents grant, and istiod's own code is the judge.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { ensureOracle, startOracle, type Oracle } from '../kits/oracle/oracle.ts';
import { prove, VERSIONS, type Proof } from './prove.ts';
import { writeReport } from './report.ts';

const FIXED_SEED = 20_261_122;
const WORLDS = 500;

async function faultless({ failure, seed }: Proof): Promise<void> {
  if (failure === undefined) return;
  const path = await writeReport(failure);
  const faults = failure.faults.map(({ pod, kind, what }) => `${kind}: ${pod} ${what}`);
  expect.fail(
    `seed ${seed}, see ${path}, and \`npm run prove -- --seed ${seed}\` does it again:\n${faults.join('\n')}`,
  );
}

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
    for (const proof of proofs) await faultless(proof);
    expect(proofs.map(({ worlds }) => worlds)).toEqual([WORLDS, WORLDS]);
  }, 600_000);
});
