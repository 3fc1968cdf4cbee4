// `npm run prove`: judges any number of random worlds, or replays a counterexample from a file.
import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startOracle } from '../kits/oracle/oracle.ts';
import { describeMismatch } from './mismatches.ts';
import { proveEdits } from './prove-edits.ts';
import { proveFidelity } from './prove-fidelity.ts';
import { contradictions } from './properties.ts';
import { prove, VERSIONS, type Proof } from './prove.ts';
import { counterexampleIn, reportOf } from './report.ts';

type Flags = {
  readonly worlds: number;
  readonly seed: number;
  readonly istio: 'current' | 'older';
  readonly jobs: number;
  readonly out: string;
  readonly first: boolean;
  readonly property: 'grants-are-exact' | 'calls-travel-the-same' | 'edits-are-smooth';
  readonly stats: boolean;
  readonly replay?: string;
};

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('not a whole number.');
  return number;
}

const flags = new Command('npm run prove --')
  .description("Compile random worlds, and let istiod's own code judge what each pod may call.")
  .option('--worlds <n>', 'number of worlds', wholeNumber, 1_000)
  .addOption(
    new Option('--seed <s>', 'the same seed gives the same worlds')
      .argParser(wholeNumber)
      .default(randomInt(2 ** 31), 'random'),
  )
  .option('--jobs <n>', 'number of oracle processes; the worlds are divided among them', wholeNumber, 2)
  .option('--out <file>', 'file for a failing world', 'failing-world.yaml')
  .option('--first', 'stop at the first failing world, without searching for a smaller one', false)
  .addOption(
    new Option('--istio <which>', 'the Istio whose code judges')
      .choices(['current', 'older'])
      .default('current'),
  )
  .addOption(
    new Option('--property <name>', 'what is checked')
      .choices(['grants-are-exact', 'calls-travel-the-same', 'edits-are-smooth'])
      .default('grants-are-exact'),
  )
  .option('--stats', 'with calls-travel-the-same: judge every world, and group what is found by cause', false)
  .option('--replay <file>', 'judge the counterexample in this file again; the other options are ignored')
  .parse()
  .opts<Flags>();

const REPORT_EVERY_MS = 10_000;

/** Runs one proof per oracle, with the seeds from `seed` on, and stores the smallest failing world of the first that fails. */
async function proveAll({ worlds, seed, jobs, istio, out, first }: Flags): Promise<void> {
  let judged = 0;
  const started = performance.now();
  const report = (): void => {
    const seconds = (performance.now() - started) / 1000;
    process.stderr.write(
      `${judged} of ${worlds} worlds judged, ${(judged / seconds).toFixed(1)} per second\n`,
    );
  };
  const onWorld = (): void => {
    judged += 1;
  };
  process.stderr.write(`seed ${seed}, ${jobs} oracles\n`);
  const progress = setInterval(report, REPORT_EVERY_MS);
  const versions = VERSIONS[istio];
  const proofs = await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      const oracle = await startOracle({ istio });
      const share = Math.floor((worlds + job) / jobs);
      const proof = await prove({ oracle, versions, seed: seed + job, worlds: share, first, onWorld });
      await oracle.stop();
      return proof;
    }),
  );
  clearInterval(progress);
  report();
  summarise(proofs);
  const failure = proofs.find((proof) => proof.failure)?.failure;
  if (failure === undefined) return;
  const findings = failure.findings.map(describeMismatch);
  await writeFile(
    out,
    reportOf({ property: 'grants-are-exact', input: failure.input, istio }, findings, out),
  );
  process.stderr.write(`${findings.join('\n')}\nTo judge it again: npm run prove -- --replay ${out}\n`);
  process.exitCode = 1;
}

function summarise(proofs: readonly Proof[]): void {
  const codes = new Map<string, number>();
  for (const { diagnostics } of proofs)
    for (const [code, count] of diagnostics) codes.set(code, (codes.get(code) ?? 0) + count);
  const probes = proofs.reduce((sum, proof) => sum + proof.probes, 0);
  const failed = proofs.filter(({ failure }) => failure).map(({ seed }) => seed);
  const outcome = failed.length === 0 ? 'no mismatch' : `mismatches found with seed ${failed.join(', ')}`;
  process.stdout.write(`${probes} calls judged: ${outcome}\n`);
  for (const [code, count] of [...codes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    process.stdout.write(`${code} in ${count} ${count === 1 ? 'world' : 'worlds'}\n`);
}

async function replay(path: string): Promise<void> {
  const { property, input, istio } = counterexampleIn(await readFile(path, 'utf8'));
  const oracle = await startOracle({ istio });
  const findings = await contradictions(property, input, oracle);
  await oracle.stop();
  if (findings.length > 0) process.exitCode = 1;
  process.stdout.write(
    findings.length === 0 ? `${property} holds\n` : `${property} does not hold:\n${findings.join('\n')}\n`,
  );
}

if (flags.replay !== undefined) await replay(flags.replay);
else if (flags.property === 'calls-travel-the-same') await proveFidelity(flags);
else if (flags.property === 'edits-are-smooth') await proveEdits(flags);
else await proveAll(flags);
