// How long an edit takes: from the answered write of the intent to the event of its Sidecar at an independent watcher, over one bare apply of a
// Sidecar, which is clocked from its request to its event. Both alternate, so that both see the same load of the machine.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../support/cluster.ts';
import { ISTIO, settled, type BenchCluster } from './cluster.ts';
import { addedService, benchIntent, benchNamespace, hostOf } from './objects.ts';
import { namespaceObject } from '../support/story.ts';
import { percentile } from './statistics.ts';
import { watchFor } from './watch-for.ts';

export type EditFigures = {
  readonly intents: number;
  /** In ms. */
  readonly edit: { readonly p50: number; readonly p99: number };
  readonly editWithHost: { readonly p50: number };
  readonly bare: { readonly p50: number; readonly p99: number };
  readonly runsPerEdit: number;
  readonly cpuPerEdit: number;
  /** In MB, before the edits. */
  readonly memory: number;
};

const BARE = 'bare';
const bareSidecar = (round: number): KubeObject => ({
  apiVersion: ISTIO,
  kind: 'Sidecar',
  metadata: { name: 'bare', namespace: BARE },
  spec: { egress: [{ hosts: [`shop/svc-${round}.shop.svc.cluster.local`, 'istio-system/*'] }] },
});

/** A namespace with so many intents; edits of one after the other. */
export async function measureEdits(
  bench: BenchCluster,
  {
    intents,
    podsEach,
    rounds,
  }: { readonly intents: number; readonly podsEach: number; readonly rounds: number },
): Promise<EditFigures> {
  const namespace = `edits-${intents}`;
  const objects = benchNamespace(namespace, intents, podsEach);
  await bench.create([...objects.around, ...objects.intents, namespaceObject(BARE)]);
  const seen = watchFor();
  await bench.writer.watch(ISTIO, 'sidecars', seen.onEvent);
  const controller = await bench.controller();
  await settled(controller);
  const memory = controller.residentMemory();
  const [edits, bares, withHost]: number[][] = [[], [], []];
  const [runsBefore, cpuBefore] = [await controller.runs(), controller.cpu()];
  for (let round = 0; round < rounds; round += 1) {
    const index = (round * 7) % intents;
    const edited = seen.next(namespace, hostOf(index, round));
    await bench.writer.apply(benchIntent(namespace, index, [addedService(index, round)]));
    const answered = performance.now();
    edits?.push((await edited) - answered);
    const applied = seen.next(BARE, `svc-${round}.`);
    const sent = performance.now();
    await bench.writer.apply(bareSidecar(round));
    bares?.push((await applied) - sent);
    await sleep(20); // the status is written
  }
  await settled(controller);
  const [runs, cpu] = [(await controller.runs()) - runsBefore, controller.cpu() - cpuBefore];
  for (let round = 0; round < rounds / 4; round += 1) {
    const host = `api-${round}.example.com`;
    const edited = seen.next(namespace, host);
    const entry = { host, ports: [{ port: 443, protocol: 'TLS' }] };
    await bench.writer.apply(benchIntent(namespace, round % intents, [entry]));
    const answered = performance.now();
    withHost?.push((await edited) - answered);
    await sleep(20);
  }
  await controller.stop();
  return {
    intents,
    edit: { p50: percentile(edits, 50), p99: percentile(edits, 99) },
    editWithHost: { p50: percentile(withHost, 50) },
    bare: { p50: percentile(bares, 50), p99: percentile(bares, 99) },
    runsPerEdit: runs / rounds,
    cpuPerEdit: cpu / rounds,
    memory,
  };
}
