// `npm run demo`: reads the flags and plays the story of red's app with the real controller.
import { Command, Option } from 'commander';
import { end, handleEarlyEnd, isEnding } from './ending.ts';
import type { DemoOptions } from './demo.ts';

type Flags = {
  readonly real?: boolean;
  readonly mesh?: boolean;
  readonly keep?: boolean;
  readonly pause: boolean;
};

const CANNOT_RUN = 2;

function readFlags(): DemoOptions {
  const program = new Command('npm run demo --')
    .description('Shows, step by step, what an app may call and what its EgressIntent becomes.')
    .option('--real', 'use a real kube-apiserver')
    .addOption(
      new Option('--mesh', 'use istiod and Envoy, and show the result of real calls').conflicts('real'),
    )
    .option('--keep', 'with --real or --mesh: stop before the last step and leave it running for kubectl')
    .option('--no-pause', 'do not wait for Enter between the steps')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : CANNOT_RUN));
  const { real, mesh, keep = false, pause } = program.parse().opts<Flags>();
  if (keep && !real && !mesh)
    program.error('error: --keep needs --real or --mesh: the in-process API server ends with the demo');
  return { kind: mesh ? 'mesh' : real ? 'real' : 'in-process', keep, pause };
}

const options = readFlags();
handleEarlyEnd();
try {
  const { runDemo } = await import('./demo.ts'); // takes a second to load, which a wrong flag need not wait for
  const problem = await runDemo(options);
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  await end(problem === undefined ? 0 : CANNOT_RUN);
} catch (error) {
  if (!isEnding()) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  await end(1);
}
