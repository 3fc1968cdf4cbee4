// The CustomResourceDefinition of EgressIntent is deleted, and created again: nothing opens, on a real API server and with the shipped role.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { installCrds } from '../kits/control-plane/crds.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { crdText } from '../support/deploy.ts';
import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  plural: 'customresourcedefinitions',
  name: 'egressintents.egressintent.io',
};

const APP = story.appIntent([story.GREEN, story.GOOGLE]);
const SECOND = story.intent([story.GOOGLE], { name: 'second', selector: { app: 'second' } });

describe.runIf(await realParts(ensureBinaries()))('on a real API server, with the shipped role', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let kubeconfig: string;
  let controller: Controller | undefined;
  let before: readonly KubeObject[];

  const start = async (): Promise<void> => {
    controller = await runningController(kubeconfig);
  };
  const stop = async (): Promise<void> => {
    await controller?.stop();
    controller = undefined;
  };
  const generated = async (): Promise<readonly KubeObject[]> => [
    ...(await cluster.list(story.GENERATED.sidecars)),
    ...(await cluster.list(story.GENERATED.serviceEntries)),
  ];
  const deleteDefinition = async (): Promise<void> => {
    await cluster.remove(DEFINITION);
    await eventually(async () => expect(await cluster.get(DEFINITION)).toBeUndefined(), { withinMs: 20_000 });
  };
  const createDefinition = async (): Promise<void> => {
    // A new uid counts from the next second on.
    await sleep(1_000);
    await installCrds(kubernetes.kubeconfig, [await crdText()]);
  };

  beforeAll(async () => {
    ({ kubernetes, cluster, kubeconfig } = await startRealCluster({ controllerManager: true }));
  });

  beforeEach(async () => {
    await start();
    await cluster.apply(APP);
    await cluster.apply(SECOND);
    await untilCondition(cluster, { is: 'True/Ready' });
    await untilCondition(cluster, { intent: 'second', is: 'True/NoPods' });
    before = await generated();
    expect(before).toHaveLength(3);
  });

  afterEach(async () => {
    for (const intent of await cluster.list(story.intentRef())) await cluster.remove(refOf(intent));
    await eventually(async () => expect(await generated()).toEqual([]));
    await stop();
  });

  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  test.each([
    { when: 'while the controller runs', isRunning: true },
    { when: 'while no controller runs', isRunning: false },
  ])(
    'no intent comes back after the definition was replaced $when: everything stays',
    async ({ isRunning }) => {
      if (!isRunning) await stop();
      await deleteDefinition();
      if (isRunning) await sleep(1_000);
      expect(await generated()).toEqual(before);
      await createDefinition();
      if (!isRunning) await start();
      await sleep(3_000);
      expect(await generated()).toEqual(before);
      await stop();
      await start();
      await sleep(1_000);
      expect(await generated()).toEqual(before);
      for (const object of before) await cluster.remove(refOf(object));
    },
  );

  test('an intent that comes back has its objects, and those of the others stay until theirs do', async () => {
    await deleteDefinition();
    await createDefinition();
    await cluster.apply(APP);
    const intent = await untilCondition(cluster, { is: 'False/NotProgrammed' });
    expect(JSON.stringify(intent)).toContain('intent second contributes to it and vanished');
    expect((await generated()).map(({ metadata }) => metadata.uid)).toEqual(
      before.map(({ metadata }) => metadata.uid),
    );
    await cluster.apply(SECOND);
    await untilCondition(cluster, { is: 'True/Ready' });
    expect((await generated()).map(({ metadata, spec }) => [metadata.uid, spec])).toEqual(
      before.map(({ metadata, spec }) => [metadata.uid, spec]),
    );
    await cluster.remove(refOf(SECOND));
    await eventually(async () => expect(await generated()).toHaveLength(2));
  });
});
