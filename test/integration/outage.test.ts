// The API server is down or silent for a while: the managed objects stay, and later edits are applied.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

describe.runIf(await realParts(ensureBinaries()))('an outage of the API server', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller;

  const generated = async (): Promise<readonly KubeObject[]> =>
    (await Promise.all(Object.values(story.GENERATED).map((collection) => cluster.list(collection)))).flat();

  beforeAll(async () => {
    const real = await startRealCluster();
    ({ kubernetes, cluster } = real);
    controller = await runningController(real.kubeconfig);
    await cluster.apply(story.appIntent([story.GREEN, story.GOOGLE]));
    await untilCondition(cluster, { is: 'True/Ready' });
  });
  afterAll(async () => {
    await controller.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  test('by a crash deletes nothing, and the next edit is applied', async () => {
    const before = await generated();
    await kubernetes.crash();
    await new Promise((resolve) => void setTimeout(resolve, 1_000));
    await kubernetes.restart();
    expect(await generated()).toEqual(before);
    await cluster.apply(story.appIntent([story.GREEN, story.BLUE_SVC, story.GOOGLE]));
    await eventually(async () => expect(JSON.stringify(await generated())).toContain('nginx-blue-svc'), {
      withinMs: 40_000,
    });
    await untilCondition(cluster, { is: 'True/Ready' });
  });

  test('without any response, on open connections, does not stop the next edit', async () => {
    kubernetes.pause();
    await new Promise((resolve) => void setTimeout(resolve, 3_000));
    kubernetes.resume();
    await cluster.apply(story.appIntent([story.GREEN]));
    await eventually(async () => expect(JSON.stringify(await generated())).not.toContain('nginx-blue-svc'), {
      withinMs: 40_000,
    });
    await untilCondition(cluster, { is: 'True/Ready' });
  });
});
