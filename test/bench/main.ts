// `npm run bench`: measures the controller on a real API server, and prints the ratios to a bare writer in the same run. No test: its figures
// depend on the machine, the ratios less so.
import { Command, Option } from 'commander';
import { bundled } from '../support/controller-process.ts';
import { startBenchCluster, type BenchCluster } from './cluster.ts';
import { measureConverge } from './converge.ts';
import { measureEdits } from './edits.ts';
import { measureReference } from './reference/reference.ts';
import { measureRest } from './rest.ts';
import { clusterRows, convergeRows, editRows, restRows, soakRows, tenantRows, type Row } from './rows.ts';
import { measureSoak } from './soak.ts';
import { measureTenants } from './tenant.ts';
import { measureCluster } from './whole-cluster.ts';

const PARTS = {
  rest: async (bench: BenchCluster) => restRows(await measureRest(bench)),
  'edit-20': async (bench: BenchCluster) =>
    editRows(await measureEdits(bench, { intents: 20, podsEach: 2, rounds: 200 })),
  'edit-500': async (bench: BenchCluster) =>
    editRows(await measureEdits(bench, { intents: 500, podsEach: 2, rounds: 200 })),
  tenant: async (bench: BenchCluster) => tenantRows(await measureTenants(bench)),
  'converge-400': async (bench: BenchCluster) =>
    convergeRows(await measureConverge(bench, 400), await measureReference(bench, 400)),
  'converge-2000': async (bench: BenchCluster) =>
    convergeRows(await measureConverge(bench, 2_000), await measureReference(bench, 2_000)),
  'memory-limit': async (bench: BenchCluster) =>
    clusterRows(
      await measureCluster(bench, {
        namespaces: 300,
        intentsEach: 7,
        podsEach: 3,
        services: 300,
        memoryLimit: 256,
        stream: false,
      }),
    ),
  'big-cluster': async (bench: BenchCluster) =>
    clusterRows(
      await measureCluster(bench, {
        namespaces: 5_000,
        intentsEach: 2,
        podsEach: 5,
        services: 10_000,
        memoryLimit: 512,
        stream: true,
      }),
    ),
  soak: async (bench: BenchCluster) => soakRows(await measureSoak(bench, 20)),
} satisfies Readonly<Record<string, (bench: BenchCluster) => Promise<readonly Row[]>>>;

const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name);

const program = new Command('npm run bench --')
  .description('Measures the controller on a real API server, over a bare writer in the same run.')
  .addOption(new Option('--only <part...>', 'only these').choices(Object.keys(PARTS)))
  .option('--bundle <file>', 'another bundle of the controller, to compare two versions');
const { only = Object.keys(PARTS), bundle } = program
  .parse()
  .opts<{ readonly only?: readonly string[]; readonly bundle?: string }>();

const file = bundle ?? (await bundled());
process.stdout.write('| figure | measured | over the bare writer | goal |\n| --- | --- | --- | --- |\n');
for (const part of only.filter(isPart)) {
  const bench = await startBenchCluster(file);
  try {
    for (const row of await PARTS[part](bench)) process.stdout.write(`| ${row.join(' | ')} |\n`);
  } finally {
    await bench.stop();
  }
}
