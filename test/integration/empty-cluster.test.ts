// A real API server without any pod answers `items: null` for the list of their metadata. The controller takes that for an empty list.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { startKubernetes } from '../kits/control-plane/kubernetes.ts';
import { demand, realParts } from '../kits/control-plane/real-parts.ts';
import { connect } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { crdText } from '../support/deploy.ts';

test.runIf(await realParts(ensureBinaries()))('a controller on an empty cluster becomes ready', async () => {
  const { istioCrds } = demand(await ensureBinaries());
  const kubernetes = await startKubernetes({
    controllerManager: false,
    crds: [await readFile(istioCrds, 'utf8'), await crdText()],
  });
  const cluster = connect(kubernetes.kubeconfig);
  expect(await cluster.list({ apiVersion: 'v1', plural: 'pods' })).toEqual([]);
  const controller = await runningController(kubernetes.kubeconfig);
  await expect(controller.ready).resolves.toBeUndefined();
  await controller.stop();
  await cluster.close();
  await kubernetes.stop();
});
