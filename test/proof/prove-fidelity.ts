// `npm run prove -- --property calls-travel-the-same`: granted calls travel as before, in any number of random worlds.
import * as fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import { startOracle } from '../kits/oracle/oracle.ts';
import { addTo, noStats, statsText, type FidelityStats } from './fidelity-stats.ts';
import { fidelityWorld } from './fidelity-worlds.ts';
import { contradictionsIn, judgeFidelity } from './judge-fidelity.ts';
import { VERSIONS } from './prove.ts';
import { reportOf } from './report.ts';
import { smallestFailing } from './search.ts';
import type { WorldSpec } from './world-spec.ts';

export type FidelityOptions = {
  readonly worlds: number;
  readonly seed: number;
  readonly jobs: number;
  readonly istio: 'current' | 'older';
  readonly out: string;
  readonly first: boolean;
  /** Judge every world, and group what is found. */
  readonly stats: boolean;
};

const PROPERTY = 'calls-travel-the-same';
const CHUNK = 100;
const REPORT_EVERY_MS = 10_000;

/** Prints what is found; exit code 1 if anything is. */
export async function proveFidelity(options: FidelityOptions): Promise<void> {
  const { worlds, seed, jobs, istio } = options;
  const stats = noStats();
  process.stderr.write(`seed ${seed}, ${jobs} oracles\n`);
  const progress = setInterval(
    () => process.stderr.write(`${stats.worlds} worlds judged, findings of ${stats.causes.size} kinds\n`),
    REPORT_EVERY_MS,
  );
  const failing = await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      const oracle = await startOracle({ istio });
      const share = Math.floor((worlds + job) / jobs);
      const ofJob = { ...options, worlds: share, seed: seed + job };
      const found = options.stats ? undefined : await firstFailing(stats, oracle, ofJob);
      if (options.stats) await judgeAll(stats, oracle, ofJob);
      await oracle.stop();
      return found;
    }),
  );
  clearInterval(progress);
  process.stdout.write(`${statsText(stats)}\n`);
  if (options.stats) await storeExamples(stats, options);
  const world = failing.find((each) => each !== undefined);
  if (world !== undefined) await store(world.input, world.findings, options.out, istio);
  if (stats.causes.size > 0) process.exitCode = 1;
}

type Found = { readonly input: WorldSpec; readonly findings: readonly string[] } | undefined;

/** Judges worlds in a row, whatever is found. A compiler that throws is a cause of its own. */
export async function judgeAll(
  stats: FidelityStats,
  oracle: OracleClient,
  { worlds, seed, istio }: Pick<FidelityOptions, 'worlds' | 'seed' | 'istio'>,
): Promise<void> {
  for (let judged = 0; judged < worlds; judged += CHUNK) {
    const inputs = fc.sample(fidelityWorld(VERSIONS[istio]), {
      seed: seed + 1000 * judged,
      numRuns: Math.min(CHUNK, worlds - judged),
    });
    for (const world of inputs) {
      const result = await judgeFidelity(world, oracle).catch((error: unknown) => crashed(error));
      addTo(stats, world, result);
    }
  }
}

const crashed = (error: unknown): Awaited<ReturnType<typeof judgeFidelity>> => ({
  compared: 0,
  same: 0,
  routed: 0,
  excused: new Map(),
  excusedCalls: [],
  unexplained: [],
  more: [],
  invalid: [String(error).split('\n', 1).join('')],
  diagnostics: [],
});

async function firstFailing(
  stats: FidelityStats,
  oracle: OracleClient,
  { worlds, seed, istio, first }: FidelityOptions,
): Promise<Found> {
  let hasFailed = false;
  return smallestFailing({
    inputs: fidelityWorld(VERSIONS[istio]),
    seed,
    runs: worlds,
    shrink: !first,
    check: async (world) => {
      const result = await judgeFidelity(world, oracle).catch((error: unknown) => crashed(error));
      const findings = contradictionsIn(result);
      if (!hasFailed) addTo(stats, world, result);
      hasFailed ||= findings.length > 0;
      return findings;
    },
  });
}

async function storeExamples({ causes }: FidelityStats, { out, istio }: FidelityOptions): Promise<void> {
  const byCount = [...causes].toSorted(([, a], [, b]) => b.count - a.count);
  for (const [index, [cause, { world, example }]] of byCount.entries())
    await store(world, [cause, example], out.replace(/(\.yaml)?$/, `-${index + 1}.yaml`), istio);
}

async function store(
  input: WorldSpec,
  findings: readonly string[],
  path: string,
  istio: 'current' | 'older',
): Promise<void> {
  await writeFile(path, reportOf({ property: PROPERTY, input, istio }, findings, path));
  process.stderr.write(
    `${findings.slice(0, 5).join('\n')}\nTo judge it again: npm run prove -- --replay ${path}\n`,
  );
}
