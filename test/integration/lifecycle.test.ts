// The life of what we generate, on a real API server and under the shipped role: repair, adoption, clean-up, and how many
// requests each of them costs.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { startKubernetes, type Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { demand, realParts } from '../kits/control-plane/real-parts.ts';
import { connect, eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { crdText, manifests, SERVICE_ACCOUNT } from '../support/deploy.ts';
import { conditionsOf, untilCondition } from '../support/intent-status.ts';
import * as story from '../support/story.ts';

const only = (objects: readonly KubeObject[]): KubeObject => {
  const [object, ...others] = objects;
  if (object === undefined || others.length > 0) throw new Error(`${objects.length} objects, not one`);
  return object;
};

describe.runIf(await realParts(ensureBinaries()))('on a real API server, under the shipped role', () => {
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

  /** What the controller asked of the API server since the mark, watches and lists left out. */
  const writesSince = async (mark: number): Promise<readonly string[]> => {
    const events = (await kubernetes.auditEvents()).slice(mark);
    return events
      .filter(({ user, verb }) => user.username === SERVICE_ACCOUNT.name && !['list', 'watch'].includes(verb))
      .map(
        ({ verb, objectRef }) => `${verb} ${objectRef?.resource}${objectRef?.subresource ? '/status' : ''}`,
      );
  };
  const mark = async (): Promise<number> => (await kubernetes.auditEvents()).length;
  const forbidden = async (): Promise<readonly string[]> =>
    (await kubernetes.auditEvents())
      .filter(
        ({ user, responseStatus }) => user.username === SERVICE_ACCOUNT.name && responseStatus?.code === 403,
      )
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`);

  const say = async (object: KubeObject, is = 'True/Ready'): Promise<KubeObject> => {
    await cluster.apply(object);
    return untilCondition(cluster, { intent: object.metadata.name, is });
  };
  const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.sidecars);
  const entries = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.serviceEntries);
  const generated = async (): Promise<readonly KubeObject[]> => [...(await sidecars()), ...(await entries())];

  beforeAll(async () => {
    const { istioCrds } = demand(await ensureBinaries());
    kubernetes = await startKubernetes({
      controllerManager: true,
      audit: 'Metadata',
      crds: [await readFile(istioCrds, 'utf8'), await crdText()],
      users: [SERVICE_ACCOUNT],
    });
    kubeconfig = kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name);
    cluster = connect(kubernetes.kubeconfig);
    const objects = [story.namespaceObject('istio-system'), ...(await manifests()), ...story.storyObjects];
    for (const object of objects) await cluster.apply(object);
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

  test('an intent costs one apply for each object and one status, and an edit that changes one object costs one of each', async () => {
    const first = await mark();
    await say(story.appIntent([story.GREEN, story.GOOGLE]));
    expect((await writesSince(first)).toSorted()).toEqual([
      'patch egressintents/status',
      'patch serviceentries',
      'patch sidecars',
    ]);
    const second = await mark();
    await say(story.appIntent([story.GREEN, story.GOOGLE, story.BLUE_SVC]));
    expect((await writesSince(second)).toSorted()).toEqual(['patch egressintents/status', 'patch sidecars']);
  });

  test('an event that changes nothing costs nothing', async () => {
    await say(story.appIntent([story.GREEN]));
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
    await say(story.appIntent([story.GREEN, story.GOOGLE]));
    await say(story.intent([story.BLUE_SVC], { name: 'default' }));
    const objects = await generated();
    await stop();
    const before = await mark();
    await start();
    await sleep(500);
    expect(await writesSince(before)).toEqual([]);
    expect(await generated()).toEqual(objects);
  });

  test('an edit of a generated object is undone within a second, also of what is not ours in it', async () => {
    await say(story.appIntent([story.GREEN, story.GOOGLE]));
    const [sidecar, entry] = [only(await sidecars()), only(await entries())];
    await cluster.patch(refOf(sidecar), {
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'somebody' } },
      spec: { egress: [{ hosts: ['*/*'] }], inboundConnectionPool: { http: { http1MaxPendingRequests: 1 } } },
    });
    await cluster.apply(
      {
        ...entry,
        metadata: { name: entry.metadata.name, namespace: 'red' },
        spec: { ports: [{ name: 'ssh', number: 22, protocol: 'TCP' }] },
      },
      { manager: 'somebody' },
    );
    await eventually(
      async () => {
        const [now, ports] = [only(await sidecars()), only(await entries())];
        expect(now).toMatchObject({
          spec: sidecar['spec'],
          metadata: { labels: sidecar.metadata.labels, uid: sidecar.metadata.uid },
        });
        expect(now['spec']).toEqual(sidecar['spec']);
        expect(ports['spec']).toEqual(entry['spec']);
      },
      { withinMs: 1_000 },
    );
    // Nothing of the intruder is left to keep fields alive that we drop later.
    await say(story.appIntent([story.GREEN, { ...story.GOOGLE, ports: [{ port: 443 }] }]));
    expect(only(await entries())['spec']).toMatchObject({ ports: [{ number: 443 }] });
    expect(only(await entries()).metadata['managedFields']).toHaveLength(1);
  });

  test('a generated object that is deleted is back within a second', async () => {
    await say(story.appIntent([story.GREEN, story.GOOGLE]));
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

  test("somebody's own Sidecar is never touched, and the intent says whom it shadows", async () => {
    const theirs: KubeObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'by-hand', namespace: 'red' },
      spec: { workloadSelector: { labels: story.RED_APP }, egress: [{ hosts: ['*/*'] }] },
    };
    const made = await cluster.create(theirs);
    await sleep(1_100); // Kubernetes tells ages by the second
    const told = await say(story.appIntent([story.GREEN]), 'False/NotEffective');
    expect(conditionsOf(told).find(({ type }) => type === 'Effective')).toMatchObject({
      reason: 'Shadowed',
      message: expect.stringMatching(/Sidecar red\/by-hand .* nginx-red-1/),
    });
    expect(await sidecars()).toHaveLength(2);
    expect(await cluster.get(refOf(theirs))).toEqual(made);
    await cluster.remove(refOf(theirs));
    await untilCondition(cluster, { is: 'True/Ready' });
  });

  test('while the controller is down, the garbage collector cleans up behind a deleted intent', async () => {
    await say(story.appIntent([story.GREEN, story.GOOGLE]));
    await stop();
    await cluster.remove(story.intentRef());
    await eventually(async () => expect(await generated()).toEqual([]), { withinMs: 20_000 });
    await start();
  });

  test('what two intents share stays while one of them is deleted', async () => {
    await say(story.appIntent([story.GOOGLE]));
    await say(story.intent([story.GOOGLE], { name: 'other', selector: { app: 'other' } }), 'Unknown/NoPods');
    const entry = only(await entries());
    await cluster.remove(story.intentRef());
    await eventually(async () => expect(await sidecars()).toHaveLength(1));
    await eventually(async () => expect(only(await entries()).metadata.ownerReferences).toHaveLength(1));
    expect(only(await entries())).toMatchObject({
      spec: entry['spec'],
      metadata: { uid: entry.metadata.uid },
    });
  });
});
