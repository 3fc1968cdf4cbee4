// Managed objects belong to no other object: they outlive a pause of the controller and a restore, on a real API server and with the shipped
// role.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';

import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const single = (objects: readonly KubeObject[]): KubeObject => {
  const [object, ...rest] = objects;
  if (object === undefined || rest.length > 0) throw new Error(`${objects.length} objects, not one`);
  return object;
};

const NO_GREEN = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: no-green }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [networking.istio.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [sidecars] }
  validations:
    - expression: object.spec.egress.all(l, l.hosts.all(h, !h.startsWith('green/')))
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: no-green }
spec: { policyName: no-green, validationActions: [Deny] }
`;

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
    await cluster.close();
    await kubernetes.stop();
  });

  test('the objects of an intent that is deleted while the controller is down stay until it runs again', async () => {
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
    const before = await generated();
    expect(before.map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined, undefined]);
    await stop();
    await cluster.remove(story.intentRef());
    await sleep(3_000);
    expect(await generated()).toEqual(before);
    await start();
    await eventually(async () => expect(await generated()).toEqual([]));
  });

  test('an intent that is restored with another uid keeps its objects', async () => {
    await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
    const before = await generated();
    await stop();
    await cluster.remove(story.intentRef());
    const restored = await cluster.apply(story.appIntent([story.GREEN, story.GOOGLE]));
    await start();
    await eventually(async () =>
      expect(
        (await generated()).map(({ metadata }) => [
          metadata.uid,
          metadata.annotations?.['egressintent.io/intents'],
        ]),
      ).toEqual(
        before.map(({ metadata }) => [metadata.uid, `${restored.metadata.name}/${restored.metadata.uid}`]),
      ),
    );
  });

  test.each(['kubectl', 'egress-intent'])(
    'owner references and labels of Istio that %s set are taken off',
    async (manager) => {
      const intent = await applyIntent(story.appIntent([story.GREEN, story.GOOGLE]));
      const owner = {
        apiVersion: intent.apiVersion,
        kind: intent.kind,
        name: intent.metadata.name,
        uid: intent.metadata.uid,
      };
      const before = await generated();
      await stop();
      for (const { apiVersion, kind, metadata, spec } of before) {
        const { name, namespace, labels } = metadata;
        const edited = { ownerReferences: [owner], labels: { ...labels, 'istio.io/rev': 'nope' } };
        await cluster.apply(
          { apiVersion, kind, metadata: { name, namespace, ...edited }, spec } as KubeObject,
          { manager },
        );
      }
      await start();
      await eventually(async () => {
        const after = await generated();
        expect(
          after.map(({ metadata }) => [metadata.uid, metadata.labels, metadata.ownerReferences]),
        ).toEqual(before.map(({ metadata }) => [metadata.uid, metadata.labels, undefined]));
      });
    },
  );

  test('an object with our label that others create again each time is not fought over', async () => {
    await applyIntent(story.appIntent([story.GREEN]));
    const extra: KubeObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: {
        name: 'by-hand',
        namespace: 'red',
        labels: { 'app.kubernetes.io/managed-by': 'egress-intent' },
      },
      spec: {
        hosts: ['by-hand.example.com'],
        resolution: 'DNS',
        ports: [{ name: 'tls', number: 443, protocol: 'TLS' }],
      },
    };
    for (let times = 0; times < 3; times += 1) {
      await cluster.create(extra);
      await eventually(async () => expect(await entries()).toEqual([]));
    }
    await cluster.create(extra);
    await sleep(1_000);
    expect(await entries()).toHaveLength(1);
    await cluster.remove(refOf(extra));
  });

  test('a Sidecar that is refused is written in part, where its pods would stay open', async () => {
    const refusal = parseAllDocuments(NO_GREEN).map((document) => document.toJS() as KubeObject);
    for (const object of refusal) await cluster.apply(object);
    await sleep(2_000);
    const intent = await applyIntent(story.appIntent([story.GREEN, story.BLUE_SVC]), 'False/NotProgrammed');
    expect(JSON.stringify(intent)).toMatch(
      /it stands without green\/\*, because the API server refuses the whole: 422/,
    );
    const text = JSON.stringify(single(await sidecars())['spec']);
    expect(text).toContain('nginx-blue-svc');
    expect(text).not.toContain('green');
    for (const object of refusal) await cluster.remove(refOf(object));
  });
});
