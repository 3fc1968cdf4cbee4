// `npm run chaos`: kills and stops etcd, the API server and the controller at random, and judges every version of every object.
import { Command } from 'commander';
import { runChaos } from './chaos.ts';

const program = new Command('npm run chaos --')
  .description('Kills and stops etcd, the API server and the controller at random, under a stream of edits.')
  .option('--minutes <n>', 'how long', Number, 3)
  .option(
    '--seed <n>',
    'repeats the choices of an earlier run, though not its timing',
    Number,
    Date.now() % 1_000_000,
  )
  .option('--replicas <n>', 'of the controller; more than one elect a leader', Number, 1);
const options = program
  .parse()
  .opts<{ readonly minutes: number; readonly seed: number; readonly replicas: number }>();

process.stdout.write(`seed ${options.seed}\n`);
const report = await runChaos({
  ...options,
  onFault: (text) => process.stdout.write(`${new Date().toISOString()} ${text}\n`),
});
process.stdout.write(
  `${JSON.stringify({ ...report, breaches: report.breaches.length, takenBack: report.takenBack.length }, undefined, 2)}\n`,
);
for (const text of [...report.breaches.slice(0, 50), ...report.takenBack.slice(0, 50)])
  process.stdout.write(`${text}\n`);
process.exitCode = report.breaches.length === 0 ? 0 : 1;
