// Two controllers that both believe that they lead, on a real API server: what one writes from an older view of the object is refused, and
// no write is lost or doubled, or stays taken back.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import type { ProxiedRequest } from '../kits/fault-proxy/fault.ts';
import { startFaultProxy, type FaultProxy } from '../kits/fault-proxy/proxy.ts';
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { everyVersionOf, type Version, type VersionLog } from '../support/every-version.ts';
import { editsIn, leftTakenBack, makeEdit, takenBack } from '../support/numbered-edits.ts';
import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const isOpen = (version: Version | undefined): boolean =>
  JSON.stringify(version?.object['spec']).includes('ALLOW_ANY');

describe.runIf(await realParts(ensureBinaries()))('two controllers that both lead', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let kubeconfig: string;
  let proxy: FaultProxy;
  let log: VersionLog;
  let running: Controller[] = [];

  beforeAll(async () => {
    ({ kubernetes, cluster, kubeconfig } = await startRealCluster());
  });
  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  beforeEach(async () => {
    proxy = await startFaultProxy({ kubeconfig });
    log = await everyVersionOf(kubernetes.kubeconfig, story.GENERATED.sidecars);
  });
  afterEach(async () => {
    await cluster.remove(story.intentRef());
    await eventually(async () => expect(await generated()).toEqual([]));
    await Promise.all(running.map((controller) => controller.stop()));
    running = [];
    await log.stop();
    await proxy.stop();
  });

  const generated = async (): Promise<readonly KubeObject[]> =>
    (await Promise.all(Object.values(story.GENERATED).map((collection) => cluster.list(collection)))).flat();
  const start = async (server: string): Promise<void> => {
    running.push(await runningController(server));
  };
  const edit = (number: number): Promise<void> => makeEdit(cluster, number);
  const settled = (): Promise<KubeObject> => untilCondition(cluster, { is: 'True/Ready' });

  test.each([
    { what: 'the creation of a Sidecar', before: [], held: 'PATCH /sidecars/', edits: [1, 2] },
    { what: 'a change of a Sidecar', before: [1], held: 'PATCH /sidecars/', edits: [2, 4] },
    { what: 'the creation of a ServiceEntry', before: [1], held: 'PATCH /serviceentries/', edits: [3, 6] },
    { what: 'the deletion of a ServiceEntry', before: [3], held: 'DELETE /serviceentries/', edits: [4, 6] },
    { what: 'a status', before: [1], held: 'PATCH /status', edits: [2, 4] },
  ])('$what that was on its way while the other one wrote is refused', async ({ before, held, edits }) => {
    await start(proxy.kubeconfig);
    for (const number of before) {
      await edit(number);
      await settled();
    }
    const [method, part = ''] = held.split(' ');
    const isHeld = (request: ProxiedRequest): boolean =>
      request.method === method && request.path.includes(part);
    const fault = proxy.inject({ when: isHeld, fault: { kind: 'hold' }, times: 1 });
    const [first = 0, second = 0] = edits;
    await edit(first);
    await eventually(() => expect(fault.hits()).toBe(1));
    await start(kubeconfig);
    await eventually(async () => expect(editsIn(log.versions()).at(-1)).toBe(first));
    await settled();
    await edit(second);
    await eventually(async () => expect(editsIn(log.versions()).at(-1)).toBe(second));
    await settled();
    fault.remove();
    await eventually(() =>
      expect(proxy.requests().find((request) => request.fault === 'hold')).toMatchObject({ status: 409 }),
    );
    await settled();
    expect(takenBack(log.versions())).toEqual([]);
  });

  test(
    'under a stream of edits lose nothing, delete nothing, and leave nothing taken back',
    {
      timeout: 120_000,
    },
    async () => {
      const EDITS = 200;
      // The version of an object guards it against a writer that has not seen it, but not against one whose watch of another kind lags a few
      // milliseconds: it writes what it knows, and is corrected by the next write. With the Lease two never write at the same time like this.
      const MOST_TAKEN_BACK = EDITS / 25;
      await start(proxy.kubeconfig);
      await start(kubeconfig);
      await edit(0);
      await settled();
      for (let number = 1; number < EDITS; number += 1) {
        await edit(number);
        await sleep(Math.random() * 30);
      }
      await settled();
      await eventually(() => expect(editsIn(log.versions()).at(-1)).toBe(EDITS - 1));
      expect(leftTakenBack(log.versions())).toEqual([]);
      expect(takenBack(log.versions()).length).toBeLessThanOrEqual(MOST_TAKEN_BACK);
      expect(log.versions().filter(({ type }) => type === 'DELETED')).toEqual([]);
      expect(await cluster.list(story.GENERATED.sidecars)).toHaveLength(1);
    },
  );

  test('correct a Sidecar that somebody rewrites 110 times a second', async () => {
    await start(proxy.kubeconfig);
    await edit(0);
    await settled();
    const [sidecar] = await cluster.list(story.GENERATED.sidecars);
    if (sidecar === undefined) throw new Error('no Sidecar');
    const ref = { ...story.GENERATED.sidecars, name: sidecar.metadata.name };
    const started = performance.now();
    const rewriteEvery = async (name: string, ms: number): Promise<void> => {
      for (let number = 1; performance.now() < started + 3_000; number += 1) {
        const annotations = { [`example.com/${name}`]: String(number) };
        const open = { metadata: { annotations }, spec: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } } };
        await cluster.patch(ref, open);
        await sleep(Math.max(0, started + number * ms - performance.now()));
      }
    };
    await Promise.all([rewriteEvery('one', 18), rewriteEvery('two', 18)]);
    await eventually(() => expect(isOpen(log.versions().at(-1))).toBe(false));
    const versions = log.versions().map((version) => (isOpen(version) ? '#' : '.'));
    const openInARow = versions
      .join('')
      .split('.')
      .map(({ length }) => length);
    expect(openInARow.length).toBeGreaterThan(15);
    expect(Math.max(...openInARow)).toBeLessThan(33);
    await settled();
  });
});
