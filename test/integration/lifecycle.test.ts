// Managed objects over time, on a real API server and with the shipped role: creation, repair and deletion, and the number
// of requests that each needs.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { SERVICE_ACCOUNT } from '../support/deploy.ts';
import { conditionsOf, untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const single = (objects: readonly KubeObject[]): KubeObject => {
  const [object, ...rest] = objects;
  if (object === undefined || rest.length > 0) throw new Error(`${objects.length} objects, not one`);
  return object;
};

describe.runIf(await realParts(ensureBinaries()))('on a real API server, with the shipped role', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let kubeconfig: string;
  let controller: Controller | undefined;

  const start = async (): Promise<void> => {
    controller = await runningController(kubeconfig);
  };
  const stop = async (): Promise<void> => {
    await controller?.stop();
    controller = undefined;
  };

  /** The controller's requests since the mark, without lists and watches, and without Events, which come behind the writes at no certain moment. */
  const writesSince = async (mark: number): Promise<readonly string[]> => {
    const events = (await kubernetes.auditEvents()).slice(mark);
    return events
      .filter(({ user }) => user.username === SERVICE_ACCOUNT.name)
      .filter(({ verb, objectRef }) => !['list', 'watch'].includes(verb) && objectRef?.resource !== 'events')
      .map(
        ({ verb, objectRef }) => `${verb} ${objectRef?.resource}${objectRef?.subresource ? '/status' : ''}`,
      );
  };
  /** The number of requests so far. A watch tells of a write before the API server logs its answer, so this waits until nothing is added. */
  const mark = async (): Promise<number> => {
    const { length } = await kubernetes.auditEvents();
    await sleep(100);
    return (await kubernetes.auditEvents()).length === length ? length : mark();
  };
  const forbidden = async (): Promise<readonly string[]> =>
    (await kubernetes.auditEvents())
      .filter(
        ({ user, responseStatus }) => user.username === SERVICE_ACCOUNT.name && responseStatus?.code === 403,
      )
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`);

  const applyIntent = async (object: KubeObject, is = 'True/Ready'): Promise<KubeObject> => {
    await cluster.apply(object);
    return untilCondition(cluster, { intent: object.metadata.name, is });
  };
  const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.sidecars);
  const entries = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.serviceEntries);
  const generated = async (): Promise<readonly KubeObject[]> => [...(await sidecars()), ...(await entries())];

  beforeAll(async () => {
    ({ kubernetes, cluster, kubeconfig } = await startRealCluster({ controllerManager: true }));
  });

  beforeEach(start);

  afterEach(async () => {
    for (const intent of await cluster.list(story.intentRef())) await cluster.remove(refOf(intent));
    await eventually(async () => expect(await generated()).toEqual([]));
    await stop();
  });

  afterAll(async () => {
    expect(await forbidden()).toEqual([]);
    await cluster.close();
    await kubernetes.stop();
  });

  test('an intent needs one apply for each object and one status write; an edit needs them for what changes', async () => {
    const first = await mark();
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
    await eventually(async () =>
      expect((await writesSince(first)).toSorted()).toEqual([
        'patch egressintents/status',
        'patch serviceentries',
        'patch sidecars',
      ]),
    );
    const second = await mark();
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE, story.BLUE_SVC]));
    await eventually(async () =>
      expect((await writesSince(second)).toSorted()).toEqual([
        'patch egressintents/status',
        'patch sidecars',
      ]),
    );
  });

  test('an event that changes nothing relevant causes no write', async () => {
    await applyIntent(story.appIntent([story.GREEN]));
    const before = await mark();
    await cluster.patch(
      { apiVersion: 'v1', plural: 'pods', namespace: 'red', name: 'nginx-red-1' },
      { metadata: { annotations: { note: 'x' } } },
    );
    await cluster.patch(
      { apiVersion: 'v1', plural: 'services', namespace: 'blue', name: 'nginx-blue-svc' },
      { metadata: { labels: { note: 'x' } } },
    );
    await cluster.patch(story.intentRef(), { metadata: { annotations: { note: 'x' } } });
    await sleep(500);
    expect(await writesSince(before)).toEqual([]);
  });

  test('a restart with everything in place writes nothing', async () => {
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
    await applyIntent(story.intent([story.BLUE_SVC], { name: 'default' }));
    const objects = await generated();
    await stop();
    const before = await mark();
    await start();
    await sleep(500);
    expect(await writesSince(before)).toEqual([]);
    expect(await generated()).toEqual(objects);
  });

  test('an edit of a managed object is undone within a second, including fields that the controller does not set', async () => {
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
    const [sidecar, entry] = [single(await sidecars()), single(await entries())];
    await cluster.patch(refOf(sidecar), {
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'foreign' } },
      spec: { egress: [{ hosts: ['*/*'] }], inboundConnectionPool: { http: { http1MaxPendingRequests: 1 } } },
    });
    await cluster.apply(
      {
        ...entry,
        metadata: { name: entry.metadata.name, namespace: 'red' },
        spec: { ports: [{ name: 'ssh', number: 22, protocol: 'TCP' }] },
      },
      { manager: 'foreign' },
    );
    await eventually(
      async () => {
        const [repaired, repairedEntry] = [single(await sidecars()), single(await entries())];
        expect(repaired).toMatchObject({
          spec: sidecar['spec'],
          metadata: { labels: sidecar.metadata.labels, uid: sidecar.metadata.uid },
        });
        expect(repaired['spec']).toEqual(sidecar['spec']);
        expect(repairedEntry['spec']).toEqual(entry['spec']);
      },
      { withinMs: 1_000 },
    );
    // The foreign manager owns no field any more, so a later apply can remove every field.
    await applyIntent(story.appIntent([story.GREEN, { ...story.GOOGLE, ports: [{ port: 443 }] }]));
    expect(single(await entries())['spec']).toMatchObject({ ports: [{ number: 443 }] });
    expect(single(await entries()).metadata['managedFields']).toHaveLength(1);
  });

  test('a managed object that is deleted is created again within a second', async () => {
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
    const before = await generated();
    for (const object of before) await cluster.remove(refOf(object));
    await eventually(
      async () => {
        const after = await generated();
        expect(after.map(({ spec }) => spec)).toEqual(before.map(({ spec }) => spec));
      },
      { withinMs: 1_000 },
    );
  });

  test('a foreign Sidecar is never changed, and the status names it and the pods that it governs', async () => {
    const foreign: KubeObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'by-hand', namespace: 'red' },
      spec: { workloadSelector: { labels: story.RED_APP }, egress: [{ hosts: ['*/*'] }] },
    };
    const created = await cluster.create(foreign);
    await sleep(1_100); // creation timestamps have a resolution of one second
    const intent = await applyIntent(story.appIntent([story.GREEN]), 'False/NotEffective');
    expect(conditionsOf(intent).find(({ type }) => type === 'Effective')).toMatchObject({
      reason: 'Shadowed',
      message: expect.stringMatching(/Sidecar red\/by-hand .* nginx-red-1/),
    });
    expect(await sidecars()).toHaveLength(2);
    expect(await cluster.get(refOf(foreign))).toEqual(created);
    await cluster.remove(refOf(foreign));
    await untilCondition(cluster, { is: 'True/Ready' });
  });

  test('a ServiceEntry that two intents share stays when one of them is deleted', async () => {
    await applyIntent(story.appIntent([story.GOOGLE]));
    await applyIntent(
      story.intent([story.GOOGLE], { name: 'second', selector: { app: 'second' } }),
      'True/NoPods',
    );
    const entry = single(await entries());
    await cluster.remove(story.intentRef());
    await eventually(async () => expect(await sidecars()).toHaveLength(1));
    await eventually(async () =>
      expect(single(await entries()).metadata.annotations?.['egressintent.io/intents']).toMatch(/^second\//),
    );
    expect(single(await entries())).toMatchObject({
      spec: entry['spec'],
      metadata: { uid: entry.metadata.uid },
    });
  });
});
