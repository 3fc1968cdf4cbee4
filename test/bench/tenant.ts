// What a tenant can do to everybody else: how long edits of another namespace take meanwhile, how long `/healthz`, and for how long the event loop
// of the controller was blocked.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../support/cluster.ts';
import { podObject } from '../support/story.ts';
import { inParallel } from './bare-writer.ts';
import { API, CONNECTIONS, ISTIO, settled, type BenchCluster } from './cluster.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { addedService, benchIntent, benchNamespace, hostOf } from './objects.ts';
import { percentile } from './statistics.ts';
import { watchFor } from './watch-for.ts';

export type TenantFigures = {
  readonly what: string;
  /** In ms. */
  readonly edit: { readonly p50: number; readonly max: number };
  readonly health: { readonly max: number };
  readonly loop: { readonly p99: number; readonly max: number };
};

const TENANT = 'tenant';
const OTHER = 'other';

const intent = (
  name: string,
  labels: Readonly<Record<string, string>>,
  allow: readonly object[],
): KubeObject => ({
  apiVersion: API,
  kind: 'EgressIntent',
  metadata: { name, namespace: TENANT },
  spec: { workloadSelector: { matchLabels: labels }, allow },
});

/** 256 ranges with 64 ports each: 16,384 ServiceEntries, if nothing bounded them. */
const everyRange = intent(
  'ranges',
  { app: 'ranges' },
  Array.from({ length: 256 }, (_, range) => ({
    cidr: `10.${range}.0.0/16`,
    ports: Array.from({ length: 64 }, (_each, port) => ({ port: 1_000 + port })),
  })),
);

const manyLabels = (count: number): readonly KubeObject[] =>
  Array.from({ length: count }, (_, index) =>
    intent(
      `labels-${index}`,
      Object.fromEntries(Array.from({ length: 12 }, (_each, n) => [`l${n}`, String((index >> n) % 2)])),
      [{ service: { name: `svc-${index % 40}`, namespace: 'shop' } }],
    ),
  );

const attacks = (bench: BenchCluster): Readonly<Record<string, () => Promise<unknown>>> => {
  const all = (objects: readonly KubeObject[]): Promise<void> => bench.create(objects);
  return {
    'an intent with 256 ranges of 64 ports': () => bench.writer.apply(everyRange),
    'its 500 objects deleted at once': async () => {
      const objects = (await bench.writer.list(ISTIO, 'serviceentries')).filter(
        ({ metadata }) => metadata.namespace === TENANT,
      );
      const named = objects.map((object) => ({ ...object, kind: 'ServiceEntry' }));
      await inParallel(
        named.map((object) => () => bench.writer.remove(object)),
        CONNECTIONS,
      );
    },
    '300 intents of 12 labels': () => all(manyLabels(300)),
    '1,000 pods of distinct labels': () =>
      all(
        Array.from({ length: 1_000 }, (_, n) => podObject(`p${n}`, TENANT, { app: 'ranges', n: String(n) })),
      ),
  };
};

export async function measureTenants(bench: BenchCluster): Promise<readonly TenantFigures[]> {
  const other = benchNamespace(OTHER, 20, 1);
  await bench.create([...other.around, ...other.intents, ...benchNamespace(TENANT, 0, 0).around]);
  const seen = watchFor();
  await bench.writer.watch(ISTIO, 'sidecars', seen.onEvent);
  const controller = await bench.controller();
  await settled(controller);
  const figures: TenantFigures[] = [];
  let round = 0;
  for (const [what, attack] of Object.entries(attacks(bench))) {
    await controller.loopDelay(); // begins a new measurement
    const state = { over: false };
    const health = healthTimes(controller, state);
    const attacked = attack();
    const edits: number[] = [];
    for (const until = performance.now() + 6_000; performance.now() < until; round += 1) {
      const index = (round * 7) % 20;
      const edited = seen.next(OTHER, hostOf(index, round));
      await bench.writer.apply(benchIntent(OTHER, index, [addedService(index, round)]));
      const answered = performance.now();
      edits.push((await edited) - answered);
      await sleep(20);
    }
    await attacked;
    state.over = true;
    figures.push({
      what,
      edit: { p50: percentile(edits, 50), max: Math.max(...edits) },
      health: { max: Math.max(...(await health)) },
      loop: await controller.loopDelay(),
    });
    await settled(controller);
  }
  await controller.stop();
  return figures;
}

async function healthTimes(
  controller: MeasuredProcess,
  state: { over: boolean },
): Promise<readonly number[]> {
  const times: number[] = [];
  while (!state.over) {
    const sent = performance.now();
    await controller.ready();
    times.push(performance.now() - sent);
    await sleep(50);
  }
  return times;
}
