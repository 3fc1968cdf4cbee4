// `npm run demo`: the story step by step, with the real controller. Without flags it runs against an API server in this process,
// on any machine with npm; `--real` takes a real kube-apiserver, and `--mesh` istiod and Envoy too.
import { Command } from 'commander';
import { connect, eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { conditionOf, conditionsOf, untilCondition } from '../support/intent-status.ts';
import { GENERATED, intentRef } from '../support/story.ts';
import { command, difference, heading, print, remark, table, textOf } from './screen.ts';
import { startStage, type Stage, type StageKind } from './stage.ts';
import { STEPS, type Step } from './steps.ts';

type Flags = { readonly real?: boolean; readonly mesh?: boolean; readonly keep?: boolean };

const { real, mesh, keep } = new Command('npm run demo --')
  .description('show what an EgressIntent becomes, edit by edit')
  .option('--real', 'with a real kube-apiserver, which is built from source the first time')
  .option('--mesh', 'with istiod and Envoy too, and the HTTP codes of real calls; Linux and root')
  .option('--keep', 'with --real: leave it running at the end, and say how to use it with kubectl')
  .parse()
  .opts<Flags>();

async function play(stage: Stage): Promise<void> {
  const cluster = connect(stage.kubeconfig);
  const controller = await runningController(stage.kubeconfig);
  try {
    await tell(stage, cluster);
    if (keep) await wait(stage);
  } finally {
    await controller.stop();
    await cluster.close();
    await stage.stop();
  }
}

/** Shows each edit, then what the intents say and what has come of it. */
async function tell(stage: Stage, cluster: Cluster): Promise<void> {
  heading('Before: no intent. The mesh default rules, and nothing is written.');
  await showCalls(stage);
  let before = { intents: '', generated: '' };
  for (const [index, step] of STEPS.entries()) {
    heading(`${index + 1}. ${step.title}`);
    const tookMs = await edit(step, cluster);
    remark(`settled after ${tookMs} ms`);
    const after = {
      intents: await textsOf(cluster, [intentRef()]),
      generated: await textsOf(cluster, Object.values(GENERATED)),
    };
    difference(before.intents, after.intents);
    command('kubectl get egressintents --namespace red');
    await showIntents(cluster);
    remark(before.generated === after.generated ? 'Generated: as it was.' : 'Generated:');
    if (before.generated !== after.generated) difference(before.generated, after.generated);
    await showCalls(stage);
    before = after;
  }
}

/** Carries out the step and waits until all has come of it; in ms, how long that took. */
async function edit(step: Step, cluster: Cluster): Promise<number> {
  command(step.command);
  const started = performance.now();
  await step.run(cluster);
  for (const [intent, is] of Object.entries(step.until)) await untilCondition(cluster, { intent, is });
  if (step.after) await eventually(() => step.after?.(cluster));
  return Math.round(performance.now() - started);
}

type Collection = Parameters<Cluster['list']>[0];

async function textsOf(cluster: Cluster, collections: readonly Collection[]): Promise<string> {
  const lists = await Promise.all(collections.map((collection) => cluster.list(collection)));
  return lists.flat().map(textOf).join('---\n');
}

/** As `kubectl get ei` prints it, from the same fields as the definition's columns. */
async function showIntents(cluster: Cluster): Promise<void> {
  const intents = await cluster.list(intentRef());
  if (intents.length === 0) return remark('No resources found in red namespace.');
  table([
    ['NAME', 'MODE', 'READY', 'REASON'],
    ...intents.map((intent) => [
      intent.metadata.name,
      modeOf(intent),
      ...conditionOf(intent, 'Ready').split('/'),
    ]),
  ]);
  for (const intent of intents) {
    const ready = conditionsOf(intent).find(({ type }) => type === 'Ready');
    if (ready?.status === 'False') remark(`${intent.metadata.name}: ${ready.message}`);
  }
}

function modeOf({ spec }: KubeObject): string {
  return (spec as { readonly mode?: string }).mode ?? 'Enforce';
}

async function showCalls({ calls }: Stage): Promise<void> {
  if (calls === undefined) return;
  remark("What red's app gets through its Envoy:");
  table([['PLACE', 'ANSWER'], ...(await calls())]);
}

/** Until somebody presses Ctrl-C. */
async function wait(stage: Stage): Promise<void> {
  for (const line of stage.howToUse) print(line);
  const idle = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => void process.once('SIGINT', resolve));
  clearInterval(idle);
}

const kind: StageKind = mesh ? 'mesh' : real ? 'real' : 'in-process';
await play(await startStage(kind));
