// Chaos: etcd, the API server and the controller are killed with SIGKILL, or stopped and continued, at random, under a stream of edits. Afterwards
// every version of every object that etcd has stored is judged.
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { eventually, type Cluster } from '../support/cluster.ts';
import { endStateOf } from '../support/fresh-compile.ts';
import { conditionOf } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import { createEdits, startObjects } from './apps.ts';
import { createDice, type Dice } from './dice.ts';
import { judge, type History, type Judgement } from './judge.ts';
import { supervise, type Supervised } from './supervised.ts';

export type ChaosOptions = {
  readonly minutes: number;
  readonly seed: number;
  /** With one there is no election. With more, one leads, and edits and faults are as many. */
  readonly replicas: number;
  /** Is told of each fault. */
  readonly onFault?: (text: string) => void;
};

export type ChaosReport = Judgement & {
  readonly edits: number;
  readonly faults: Readonly<Record<string, number>>;
  /** How long it took after the last fault until the cluster held what a fresh compilation says, in ms. */
  readonly settledMs: number;
};

const SETTLE_MS = 90_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { minutes, seed, replicas, onFault = () => undefined } = options;
  const { kubernetes, cluster, kubeconfig } = await startRealCluster({
    keepHistory: true,
    objects: startObjects,
  });
  const running: Supervised[] = [];
  try {
    const flags = ['--removal-limit', '100', ...(replicas > 1 ? ELECTION : [])];
    for (let replica = 0; replica < replicas; replica += 1) running.push(await supervise(kubeconfig, flags));
    await eventually(() => expectDone(cluster), { withinMs: SETTLE_MS, everyMs: 200 });
    const from = await kubernetes.history.revision();

    const until = performance.now() + minutes * 60_000;
    const editing = streamEdits(cluster, createDice(seed), until);
    const faults = await breakThings({ kubernetes, running, dice: createDice(seed + 1), until }, options);
    const edits = await editing;

    const over = performance.now();
    await eventually(() => expectDone(cluster), { withinMs: SETTLE_MS, everyMs: 200 });
    const settledMs = performance.now() - over;
    const history = {
      generated: await kubernetes.history.since(0, 'networking.istio.io'),
      intents: await kubernetes.history.since(0, 'egressintent.io'),
      from,
    };
    const judgement = judge(history, { oneWriter: replicas === 1 });
    const ownEnds = replicas > 1 ? [] : running.flatMap((each) => each.ownEnds());
    const breaches = [
      ...judgement.breaches,
      ...ownEnds.map((end) => `the controller ended by itself: ${end}`),
    ];
    if (judgement.breaches.length > 0) await writeEvidence(history, seed, onFault);
    return { ...judgement, breaches, edits, faults, settledMs };
  } finally {
    for (const each of running) await each.stop();
    await cluster.close();
    await kubernetes.stop();
  }
}

/** Writes every version into a file, so that a breach can be understood. */
async function writeEvidence(
  { generated, intents }: History,
  seed: number,
  tell: (text: string) => void,
): Promise<void> {
  const file = join(tmpdir(), `egress-intent-chaos-${seed}.jsonl`);
  const versions = [...generated, ...intents].toSorted((a, b) => a.revision - b.revision);
  await writeFile(file, versions.map((version) => `${JSON.stringify(version)}\n`).join(''));
  tell(`every version of every object: ${file}`);
}

const ELECTION = ['--leader-elect', '--leader-election-namespace', 'egress-intent'];

/** Edits until the time comes, some of them close together. Returns how many the API server has taken. */
async function streamEdits(cluster: Cluster, dice: Dice, until: number): Promise<number> {
  const edit = createEdits(cluster, dice);
  let taken = 0;
  while (performance.now() < until) {
    const limit = new Promise<boolean>((resolve) => void setTimeout(() => resolve(false), 1_000));
    const isTaken = edit().then(
      () => true,
      () => false,
    );
    if (await Promise.race([isTaken, limit])) taken += 1;
    await sleep(dice.chance(0.2) ? 0 : dice.between(20, 300));
  }
  return taken;
}

type Scene = {
  readonly kubernetes: Kubernetes;
  readonly running: readonly Supervised[];
  readonly dice: Dice;
  readonly until: number;
};

type Victim = 'etcd' | 'api' | 'controller';
type Fault = { readonly victim: Victim; readonly isKill: boolean };

const VICTIMS: readonly Victim[] = ['etcd', 'api', 'controller'];

/** Each by itself, in the first rounds. */
const EACH: readonly Fault[] = VICTIMS.flatMap((victim) =>
  [true, false].map((isKill) => ({ victim, isKill })),
);

/** The controller is the cheapest to start, and the one that is judged. */
const someOf = (dice: Dice): readonly Fault[] =>
  VICTIMS.filter((victim) => dice.chance(victim === 'controller' ? 0.6 : 0.35)).map((victim) => ({
    victim,
    isKill: dice.chance(0.5),
  }));

/** One round after the other: some of the processes are killed or stopped at once, and go on together. Returns how often each happened. */
async function breakThings(
  { kubernetes, running, dice, until }: Scene,
  { onFault = () => undefined }: ChaosOptions,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let round = 1; performance.now() < until; round += 1) {
    await sleep(dice.between(200, 3_000));
    const single = EACH[round - 1];
    const faults = single === undefined ? someOf(dice) : [single];
    const controller = running[dice.below(running.length)];
    const lastsMs = dice.between(50, 3_000);
    const names = faults.map(({ victim, isKill }) => `${isKill ? 'kill' : 'stop'} ${victim}`);
    onFault(`round ${round}: ${names.join(', ')} for ${lastsMs} ms`);
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
    for (const { victim, isKill } of faults) {
      if (victim === 'controller') await (isKill ? controller?.kill(lastsMs) : controller?.freeze());
      else if (isKill) await kubernetes.crash(victim);
      else kubernetes.pause(victim);
      await sleep(dice.below(100));
    }
    await sleep(lastsMs);
    for (const { victim, isKill } of faults) {
      if (isKill) continue;
      if (victim === 'controller') controller?.thaw();
      else kubernetes.resume(victim);
    }
    if (faults.some(({ victim }) => victim !== 'controller')) await kubernetes.restart();
  }
  return counts;
}

const INTENTS = { apiVersion: 'egressintent.io/v1alpha1', plural: 'egressintents' };

/** Throws unless the cluster holds what a fresh compilation says, and every status is of the newest version of its intent. */
async function expectDone(cluster: Cluster): Promise<void> {
  const { standing, compiled } = await endStateOf(cluster);
  if (!isDeepStrictEqual(standing, compiled))
    throw new Error(`it holds ${standing.join('\n')}\nand should hold ${compiled.join('\n')}`);
  for (const intent of await cluster.list(INTENTS)) {
    const { status } = intent as { readonly status?: { readonly observedGeneration?: number } };
    const title = `intent ${intent.metadata.namespace}/${intent.metadata.name}`;
    if (status?.observedGeneration !== intent.metadata.generation) throw new Error(`${title}: old status`);
    const programmed = conditionOf(intent, 'Programmed');
    if (programmed !== 'True/Programmed') throw new Error(`${title}: Programmed is ${programmed}`);
  }
}
