// How often a namespace runs, on a real API server: once for an edit, although its own writes come back as changes.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request } from 'undici';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { freePort } from '../kits/control-plane/ports.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type Cluster } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const SERVICES = ['nginx-blue-svc', 'second-blue-svc'].map((name) => ({
  service: { name, namespace: 'blue' },
}));

describe.runIf(await realParts(ensureBinaries()))('the runs of a namespace', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller;
  let metricsPort: number;

  beforeAll(async () => {
    const real = await startRealCluster();
    ({ kubernetes, cluster } = real);
    metricsPort = await freePort('127.0.0.1');
    controller = await runningController(real.kubeconfig, { metricsPort });
    await edit([story.GREEN]);
    await settled();
  });

  afterAll(async () => {
    await controller.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  const edit = async (allow: readonly story.AllowEntry[]): Promise<void> => {
    await cluster.apply(story.appIntent(allow));
    await untilCondition(cluster, { is: 'True/Ready' });
  };
  const runs = async (): Promise<number> => {
    const { body } = await request(`http://127.0.0.1:${metricsPort}/metrics`);
    const counts = (await body.text()).matchAll(/^egress_intent_reconciles_total\{.*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  /** Once nothing has run for a while. */
  const settled = async (): Promise<number> => {
    const before = await runs();
    await sleep(300);
    const after = await runs();
    return before === after ? after : settled();
  };
  const runsOf = async (change: () => Promise<unknown>): Promise<number> => {
    const before = await settled();
    await change();
    return (await settled()) - before;
  };

  test.each([
    { what: 'one more service', allow: [story.GREEN, ...SERVICES.slice(0, 1)] },
    { what: 'another one', allow: [story.GREEN, ...SERVICES] },
    { what: 'fewer entries', allow: [story.GREEN] },
    { what: 'an entry that does not resolve', allow: [story.GREEN, { service: { name: 'absent' } }] },
  ])('are one for an edit to $what', async ({ allow, what }) => {
    const is = what.includes('not resolve') ? 'False/UnresolvedRefs' : 'True/Ready';
    expect(
      await runsOf(async () => {
        await cluster.apply(story.appIntent(allow));
        await eventually(async () => untilCondition(cluster, { is }));
      }),
    ).toBe(1);
  });

  test('are one for each repair of a Sidecar', async () => {
    await edit([story.GREEN]);
    const [sidecar] = await cluster.list(story.GENERATED.sidecars);
    if (sidecar === undefined) throw new Error('no Sidecar');
    const changed = { ...sidecar, spec: { egress: [{ hosts: ['~/*'] }] } };
    for (let round = 0; round < 5; round += 1) {
      const count = await runsOf(async () => {
        await cluster.patch(refOf(sidecar), { spec: changed.spec });
        await eventually(async () =>
          expect((await cluster.get(refOf(sidecar)))?.['spec']).toEqual(sidecar['spec']),
        );
      });
      expect(count).toBe(1);
    }
  });

  test('are one more where somebody writes the status that the controller has just written', async () => {
    await edit([story.GREEN]);
    const count = await runsOf(() =>
      cluster.patch(
        story.intentRef(),
        { status: { observedGeneration: 1, conditions: [], resources: [] } },
        'merge',
        'status',
      ),
    );
    expect(count).toBe(1);
    await untilCondition(cluster, { is: 'True/Ready' });
  });

  test('are enough where an edit comes while the one before it is written', async () => {
    for (let round = 0; round < 20; round += 1)
      await cluster.apply(story.appIntent(round % 2 === 0 ? [story.GREEN, ...SERVICES] : [story.GREEN]));
    await cluster.apply(story.appIntent(SERVICES));
    await untilCondition(cluster, { is: 'True/Ready' });
    const [sidecar] = await cluster.list(story.GENERATED.sidecars);
    const hosts = JSON.stringify(sidecar?.['spec']);
    expect([hosts.includes('nginx-blue-svc'), hosts.includes('green/*')]).toEqual([true, false]);
  });
});
