// `npm run prove`: as many random worlds as one likes, against istiod's own code.
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startOracle } from '../kits/oracle/oracle.ts';
import { prove, VERSIONS, type Proof } from './prove.ts';
import { reportOf } from './report.ts';

type Flags = {
  readonly worlds: number;
  readonly seed: number;
  readonly istio: 'current' | 'older';
  readonly jobs: number;
  readonly out: string;
  readonly first: boolean;
};

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('not a whole number.');
  return number;
}

const flags = new Command('npm run prove --')
  .description("let istiod's own code judge what is generated for random worlds")
  .option('--worlds <n>', 'how many', whole, 1_000)
  .option(
    '--seed <s>',
    'the same seed gives the same worlds; default: a fresh one',
    whole,
    randomInt(2 ** 31),
  )
  .option('--jobs <n>', 'how many judges at once, each with its share of the worlds', whole, 2)
  .option('--out <file>', 'where a failing world is written', 'failing-world.yaml')
  .option('--first', 'do not look for a smaller world that fails', false)
  .addOption(
    new Option('--istio <which>', 'which Istio judges').choices(['current', 'older']).default('current'),
  )
  .parse()
  .opts<Flags>();

const EVERY_MS = 10_000;

/** Judges take the seeds from `seed` on, one each. */
async function main({ worlds, seed, jobs, istio, out, first }: Flags): Promise<void> {
  let judged = 0;
  const began = performance.now();
  const report = (): void => {
    const seconds = (performance.now() - began) / 1000;
    process.stderr.write(`${judged} of ${worlds} worlds, ${(judged / seconds).toFixed(1)} a second\n`);
  };
  const onWorld = (): void => {
    judged += 1;
  };
  process.stderr.write(`seed ${seed}, ${jobs} judges\n`);
  const progress = setInterval(report, EVERY_MS);
  const proofs = await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      const oracle = await startOracle({ istio });
      const share = Math.floor((worlds + job) / jobs);
      const proof = await prove({
        oracle,
        versions: VERSIONS[istio],
        seed: seed + job,
        worlds: share,
        first,
        onWorld,
      });
      await oracle.stop();
      return proof;
    }),
  );
  clearInterval(progress);
  report();
  summarise(proofs);
  const failure = proofs.find((proof) => proof.failure)?.failure;
  if (failure === undefined) return;
  await writeFile(out, reportOf(failure, out));
  process.stderr.write(`a world is at fault: ${out}\n`);
  process.exitCode = 1;
}

function summarise(proofs: readonly Proof[]): void {
  const codes = new Map<string, number>();
  for (const { diagnostics } of proofs)
    for (const [code, count] of diagnostics) codes.set(code, (codes.get(code) ?? 0) + count);
  const probes = proofs.reduce((sum, proof) => sum + proof.probes, 0);
  const failed = proofs.filter(({ failure }) => failure).map(({ seed }) => seed);
  process.stdout.write(
    `${probes} calls judged; ${failed.length === 0 ? 'no fault' : `faults with seed ${failed.join(', ')}`}\n`,
  );
  for (const [code, count] of [...codes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    process.stdout.write(`${code} in ${count} worlds\n`);
}

await main(flags);
