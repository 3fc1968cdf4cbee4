// A whole cluster under a limit of memory: what the controller needs to converge and to restart, and which rate of changes it keeps up with.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../support/cluster.ts';
import { serviceObject } from '../support/story.ts';
import { inParallel } from './bare-writer.ts';
import { API, CONNECTIONS, settled, type BenchCluster } from './cluster.ts';
import { measureStream, rateOfBareWriter, type StreamFigures } from './change-stream.ts';
import { memoryGroup, type MemoryGroup } from './memory-group.ts';
import { benchNamespace, SHOP } from './objects.ts';

export type ClusterSize = {
  readonly namespaces: number;
  readonly intentsEach: number;
  readonly podsEach: number;
  readonly services: number;
  /** In MiB. */
  readonly memoryLimit: number;
  /** Whether a stream of changes is measured too. */
  readonly stream: boolean;
};

export type ClusterFigures = {
  readonly size: ClusterSize;
  /** The most memory that it needed, in MB. */
  readonly converge: { readonly memory: number; readonly seconds: number };
  /** Processor time in ms. */
  readonly restart: { readonly memory: number; readonly cpu: number; readonly writes: number };
  /** How often it was killed for want of memory. */
  readonly killed: number;
  readonly stream?: StreamFigures & { readonly memory: number };
};

export async function measureCluster(bench: BenchCluster, size: ClusterSize): Promise<ClusterFigures> {
  const names = Array.from({ length: size.namespaces }, (_, index) => `n-${index}`);
  const each = size.intentsEach;
  const all = names.map((name) => benchNamespace(name, each, size.podsEach));
  const services = Array.from({ length: size.services }, (_, index) => serviceObject(`other-${index}`, SHOP));
  await bench.create([...services, ...all.flatMap(({ around }) => around)]);
  await inParallel(
    all.flatMap(({ intents }) => intents.map((intent) => () => bench.writer.apply(intent))),
    CONNECTIONS,
  );
  const group = memoryGroup(size.memoryLimit);
  try {
    const converge = await measureConvergence(bench, group, names.length * each);
    const bareRate = size.stream ? await rateOfBareWriter(bench) : 0;
    const { restart, controller } = await measureRestart(bench, group);
    const stream = size.stream
      ? await measureStream(bench, controller, { names, each }, bareRate)
      : undefined;
    const memory = group.peak();
    await controller.stop();
    return {
      size,
      converge,
      restart,
      killed: group.killed(),
      ...(stream && { stream: { ...stream, memory } }),
    };
  } finally {
    group.remove();
  }
}

async function measureConvergence(bench: BenchCluster, group: MemoryGroup, intents: number) {
  const started = performance.now();
  const controller = await bench.controller(group);
  await settled(controller);
  while ((await judgedIntents(bench)) < intents) await sleep(3_000);
  const seconds = (performance.now() - started) / 1000;
  await controller.stop();
  return { memory: group.peak(), seconds };
}

/** How many have been reconciled: the definition gives a new intent a status without `observedGeneration`. */
const judgedIntents = async (bench: BenchCluster): Promise<number> =>
  (await bench.writer.list(API, 'egressintents')).filter(
    (intent: KubeObject) =>
      (intent['status'] as { readonly observedGeneration?: number } | undefined)?.observedGeneration !==
      undefined,
  ).length;

async function measureRestart(bench: BenchCluster, group: MemoryGroup) {
  const before = (await bench.kubernetes.auditEvents()).length;
  const controller = await bench.controller(group);
  await settled(controller);
  await sleep(3_000);
  const cpu = controller.cpu();
  const events = (await bench.kubernetes.auditEvents()).slice(before);
  const writes = events.filter(
    ({ verb, userAgent }) => verb === 'patch' && userAgent?.startsWith('egress-intent/') === true,
  ).length;
  return { restart: { memory: group.peak(), cpu, writes }, controller };
}
