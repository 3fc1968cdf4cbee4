// Kinds that a cluster may lack are known from the watch of CustomResourceDefinitions.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { startFaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { connect, eventually, type KubeObject } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';

const DEFINITION: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'httproutes.gateway.networking.k8s.io' },
  spec: {
    group: 'gateway.networking.k8s.io',
    scope: 'Namespaced',
    names: { plural: 'httproutes', kind: 'HTTPRoute' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

test('a kind that is absent costs no request, and is watched as soon as it is installed', async () => {
  const server = await startServerWithCrds();
  const proxy = await startFaultProxy({ kubeconfig: server.kubeconfig });
  const cluster = connect(server.kubeconfig);
  const controller = await runningController(proxy.kubeconfig);
  const requests = (): readonly string[] =>
    proxy.requests().flatMap(({ path, query }) => (path.endsWith('/httproutes') ? [query] : []));
  await sleep(2_000);
  const before = requests().length;
  expect(before).toBeLessThanOrEqual(2);
  await sleep(1_500);
  expect(requests()).toHaveLength(before);
  await cluster.apply(DEFINITION);
  await eventually(() => expect(requests().some((query) => query.includes('watch'))).toBe(true), {
    withinMs: 3_000,
  });
  await controller.stop();
  await cluster.close();
  await proxy.stop();
  await server.stop();
});
