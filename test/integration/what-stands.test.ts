// The conditions say what stands in a real API server, not what was planned: with Sidecars that others keep, with intents that cannot be
// read, without the kind Sidecar, and before any controller has run.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HttpMethod } from '@kubernetes/client-node';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { lenientCrdText, SERVICE_ACCOUNT } from '../support/deploy.ts';
import {
  conditionOf,
  conditionsOf,
  messageOf,
  resourcesOf,
  untilCondition,
} from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const WEB = { app: 'web' };
const WIDER = { app: 'web', tier: 'front' };
const intentFor = (name: string, selector: Readonly<Record<string, string>>): KubeObject =>
  story.intent([], { name, selector });

const MANAGED = { 'app.kubernetes.io/managed-by': 'egress-intent' };

/** A tenant's Sidecar under our label, which permits everything. A finalizer keeps it when it is deleted. */
const TENANT: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: {
    name: 'everything',
    namespace: 'red',
    labels: MANAGED,
    finalizers: ['example.com/never'],
  },
  spec: { workloadSelector: { labels: WEB }, outboundTrafficPolicy: { mode: 'ALLOW_ANY' } },
};

const withoutServerFields = ({ metadata: { name }, status: _status, ...object }: KubeObject): KubeObject => {
  return { ...object, metadata: { name } };
};

const SIDECARS_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  plural: 'customresourcedefinitions',
  name: 'sidecars.networking.istio.io',
};

describe.runIf(await realParts(ensureBinaries()))('the conditions', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller | undefined;

  beforeAll(async () => {
    ({ kubernetes, cluster } = await startRealCluster({
      definition: await lenientCrdText(),
      objects: [story.namespaceObject('red')],
    }));
  });

  beforeEach(async () => {
    await cluster.apply(story.podObject('web-1', 'red', WEB));
  });

  afterEach(async () => {
    await controller?.stop();
    controller = undefined;
    for (const name of ['a', 'b']) await cluster.remove(story.intentRef(name));
    for (const ref of Object.values(story.GENERATED)) {
      for (const object of await cluster.list(ref)) {
        const { name } = object.metadata;
        await cluster.patch({ ...ref, name }, { metadata: { finalizers: null } });
        await cluster.remove({ ...ref, name });
      }
    }
    for (const name of ['web-1', 'web-2']) {
      await cluster.send(HttpMethod.DELETE, `/api/v1/namespaces/red/pods/${name}?gracePeriodSeconds=0`);
    }
  });

  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  const start = async (): Promise<void> => {
    controller = await runningController(kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name));
  };
  const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.sidecars);

  test('are Unknown and Pending before a controller runs, and then all belong to it', async () => {
    const created = await cluster.apply(intentFor('a', WEB));
    expect(conditionsOf(created).map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual(
      ['Accepted', 'ResolvedRefs', 'Programmed', 'Effective', 'Ready'].map(
        (type) => `${type} Unknown Pending`,
      ),
    );
    await start();
    const intent = await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
    expect(conditionsOf(intent).map(({ reason }) => reason)).not.toContain('Pending');
    expect(JSON.stringify(intent)).not.toContain('1970-01-01');
  });

  test('name a pod on the network of its node, and leave out one that has finished', async () => {
    await cluster.apply(intentFor('a', WEB));
    await start();
    await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
    const bare = story.podObject('web-2', 'red', WEB);
    await cluster.create({
      ...bare,
      metadata: { ...bare.metadata, annotations: {} },
      spec: { ...(bare['spec'] as object), hostNetwork: true },
    });
    const intent = await untilCondition(cluster, {
      intent: 'a',
      condition: 'Effective',
      is: 'False/HostNetwork',
    });
    expect(messageOf(intent, 'Ready')).toMatch(/pod web-2, .*hostNetwork/);
    await cluster.patch(refOf(bare), { status: { phase: 'Failed' } }, 'merge', 'status');
    await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
    await cluster.patch(
      refOf(story.podObject('web-1', 'red', WEB)),
      { status: { phase: 'Succeeded' } },
      'merge',
      'status',
    );
    await untilCondition(cluster, { intent: 'a', is: 'True/NoPods' });
  });

  test('say that a new Sidecar is withheld for an intent that cannot be read, and list only what exists', async () => {
    await cluster.apply(intentFor('a', WEB));
    await start();
    await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
    await cluster.apply(story.unreadable(intentFor('a', WEB)));
    await untilCondition(cluster, { intent: 'a', condition: 'Stalled', is: 'True/Invalid' });
    await cluster.apply(story.podObject('web-2', 'red', WIDER));
    await cluster.apply(intentFor('b', WIDER));
    const intent = await untilCondition(cluster, {
      intent: 'b',
      condition: 'Programmed',
      is: 'False/Withheld',
    });
    expect(conditionOf(intent, 'Effective')).toBe('False/Withheld');
    expect(conditionOf(intent, 'Ready')).toBe('False/NotProgrammed');
    expect(messageOf(intent, 'Ready')).toMatch(/intent a .*invalid/);
    const live = new Set((await sidecars()).map(({ metadata }) => metadata.name));
    expect(resourcesOf(intent).filter((name) => !live.has(name))).toEqual([]);
    await cluster.apply(intentFor('a', WEB));
    const mended = await untilCondition(cluster, { intent: 'b', is: 'True/Ready' });
    expect(resourcesOf(mended)).toHaveLength(1);
    expect(conditionOf(await untilCondition(cluster, { intent: 'a', is: 'True/Ready' }), 'Stalled')).toBe('');
  });

  test('say that the old Sidecar of an intent that cannot be read still governs the pods of another', async () => {
    await cluster.apply(intentFor('a', WEB));
    await start();
    await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
    await cluster.apply(story.unreadable(intentFor('a', WEB)));
    await untilCondition(cluster, { intent: 'a', condition: 'Accepted', is: 'False/Invalid' });
    await cluster.apply(story.intent([], { name: 'b' }));
    const intent = await untilCondition(cluster, {
      intent: 'b',
      condition: 'Effective',
      is: 'False/Withheld',
    });
    expect(messageOf(intent, 'Ready')).toMatch(/Sidecar.* a[ ,].* invalid/);
  });

  test("name a tenant's Sidecar under our label that its finalizer keeps", async () => {
    await cluster.create(TENANT);
    await new Promise((resolve) => setTimeout(resolve, 1100)); // so that it is older than what the controller writes
    await cluster.apply(intentFor('a', WEB));
    await start();
    const intent = await untilCondition(cluster, {
      intent: 'a',
      condition: 'Effective',
      is: 'False/Shadowed',
    });
    expect(messageOf(intent, 'Effective')).toMatch(
      /Sidecar red\/everything still governs pod web-1.*finalizers/,
    );
    expect(conditionOf(intent, 'Ready')).toBe('False/NotEffective');
    await cluster.patch(refOf(TENANT), { metadata: { finalizers: null } });
    await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
  });

  test('are not True once the kind Sidecar is gone', async () => {
    await cluster.apply(intentFor('a', WEB));
    await start();
    await untilCondition(cluster, { intent: 'a', is: 'True/Ready' });
    const definition = await cluster.get(SIDECARS_CRD);
    await cluster.remove(SIDECARS_CRD);
    const intent = await untilCondition(cluster, {
      intent: 'a',
      condition: 'Effective',
      is: 'False/WriteFailed',
    });
    expect(conditionOf(intent, 'Programmed')).toBe('False/WriteFailed');
    expect(conditionOf(intent, 'Ready')).toBe('False/NotProgrammed');
    expect(messageOf(intent, 'Effective')).toMatch(
      /pod web-1 is not restricted as planned: Sidecar\/.* 40[34] /,
    );
    expect(resourcesOf(intent)).toEqual([]);
    await eventually(async () => expect(await cluster.get(SIDECARS_CRD)).toBeUndefined());
    if (definition !== undefined) await cluster.create(withoutServerFields(definition));
    await eventually(sidecars);
  });
});
