// A real API server without any pod answers `items: null` for the list of their metadata. The controller takes that for an empty list.
import { expect, test } from 'vitest';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { runningController } from '../support/controller.ts';
import { startRealCluster } from '../support/real-cluster.ts';

test.runIf(await realParts(ensureBinaries()))('a controller on an empty cluster becomes ready', async () => {
  const { kubernetes, cluster, kubeconfig } = await startRealCluster({ objects: [] });
  expect(await cluster.list({ apiVersion: 'v1', plural: 'pods' })).toEqual([]);
  const controller = await runningController(kubeconfig);
  await expect(controller.ready).resolves.toBeUndefined();
  await controller.stop();
  await cluster.close();
  await kubernetes.stop();
});
