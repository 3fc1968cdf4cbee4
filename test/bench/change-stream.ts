// Which rate of changes the controller keeps up with, over the rate of a bare writer that makes the same writes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../support/cluster.ts';
import { inParallel } from './bare-writer.ts';
import { CONNECTIONS, ISTIO, settled, type BenchCluster } from './cluster.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { addedService, benchIntent, benchNamespace } from './objects.ts';
import { percentile } from './statistics.ts';

export type StreamFigures = {
  /** Changes a second that the bare writer makes: intent, Sidecar and status. */
  readonly bareRate: number;
  /** From the answered change to the event of its Sidecar, in ms, at 0.8 of that rate: in the first and in the last quarter. */
  readonly fast: { readonly first: number; readonly last: number };
  /** The same at half of that rate. */
  readonly slow: { readonly p50: number; readonly p99: number };
};

type Intents = { readonly names: readonly string[]; readonly each: number };

const BARE_CHANGES = 2_000;
const BARE_INTENTS = 200;
const SECONDS = 20;

/** The controller runs, and has settled. */
export async function measureStream(
  bench: BenchCluster,
  controller: MeasuredProcess,
  intents: Intents,
  bareRate: number,
): Promise<StreamFigures> {
  const versions = sidecarVersions();
  await bench.writer.watch(ISTIO, 'sidecars', versions.onEvent);
  const fast = await streamOf(bench, 0.8 * bareRate, { intents, versions, round: 1 });
  await settled(controller);
  const slow = await streamOf(bench, 0.5 * bareRate, { intents, versions, round: 2 });
  await settled(controller);
  const quarter = Math.floor(fast.length / 4);
  return {
    bareRate,
    fast: { first: percentile(fast.slice(0, quarter), 50), last: percentile(fast.slice(-quarter), 50) },
    slow: { p50: percentile(slow, 50), p99: percentile(slow, 99) },
  };
}

/**
 * Changes a second: an intent, its Sidecar and its status, as the controller writes them. While no controller runs; nothing is left of it.
 */
export async function rateOfBareWriter({ writer, create }: BenchCluster): Promise<number> {
  const namespace = 'bare-stream';
  await create(benchNamespace(namespace, 0, 0).around);
  const objectsOf = (change: number): readonly [intent: KubeObject, sidecar: KubeObject] => {
    const index = change % BARE_INTENTS;
    const intent = benchIntent(namespace, index, [addedService(index, Math.floor(change / BARE_INTENTS))]);
    const metadata = { name: intent.metadata.name, namespace };
    return [intent, { apiVersion: ISTIO, kind: 'Sidecar', metadata, spec: sidecarSpec(change) }];
  };
  const started = performance.now();
  await inParallel(
    Array.from({ length: BARE_CHANGES }, (_, change) => async () => {
      const [intent, sidecar] = objectsOf(change);
      await writer.apply(intent);
      await writer.apply(sidecar);
      const { apiVersion, kind, metadata } = intent;
      await writer.apply({ apiVersion, kind, metadata, status: statusText(change) }, 'status');
    }),
    CONNECTIONS,
  );
  const rate = (BARE_CHANGES * 1000) / (performance.now() - started);
  await inParallel(
    Array.from({ length: BARE_INTENTS }, (_, index) => async () => {
      for (const object of objectsOf(index)) await writer.remove(object);
    }),
    CONNECTIONS,
  );
  return rate;
}

const sidecarSpec = (change: number): object => ({
  workloadSelector: { labels: { app: `app-${change % BARE_INTENTS}` } },
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  egress: [
    { hosts: Array.from({ length: 5 }, (_, at) => `shop/svc-${(change + at) % 40}.shop.svc.cluster.local`) },
  ],
});

/** As many conditions as the controller writes. */
const statusText = (change: number): object => ({
  observedGeneration: change,
  conditions: ['Accepted', 'ResolvedRefs', 'Programmed', 'Effective', 'Ready'].map((type) => ({
    type,
    status: 'True',
    reason: type,
    message: `change ${change}`,
    observedGeneration: change,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })),
});

type Stream = {
  readonly intents: Intents;
  readonly versions: ReturnType<typeof sidecarVersions>;
  readonly round: number;
};

/** The time of each change until its Sidecar was seen, in order. One that is never seen rejects. */
async function streamOf({ writer }: BenchCluster, rate: number, stream: Stream): Promise<readonly number[]> {
  const { names, each } = stream.intents;
  const count = Math.min(Math.floor(rate * SECONDS), names.length * each);
  const started = performance.now();
  return Promise.all(
    Array.from({ length: count }, async (_unused, at) => {
      await sleep(started + (at * 1000) / rate - performance.now());
      const namespace = names[at % names.length] ?? '';
      const index = Math.floor(at / names.length);
      const seen = stream.versions.next(namespace, index);
      await writer.apply(benchIntent(namespace, index, [addedService(index, stream.round)]));
      const answered = performance.now();
      return (await seen) - answered;
    }),
  );
}

/** Waits for the next event of the Sidecar of each intent. */
function sidecarVersions() {
  const waiting = new Map<string, (at: number) => void>();
  return {
    next: (namespace: string, index: number): Promise<number> =>
      new Promise((found) => {
        waiting.set(`${namespace}/app-${index}`, found);
      }),
    onEvent: ({ metadata, spec }: KubeObject & { readonly spec?: unknown }, at: number): void => {
      const app = /"app":"([^"]+)"/.exec(JSON.stringify(spec))?.[1];
      const key = `${metadata.namespace}/${app}`;
      waiting.get(key)?.(at);
      waiting.delete(key);
    },
  };
}
