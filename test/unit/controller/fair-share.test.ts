// A tenant with hundreds of writes does not delay the edit of another namespace.
import { expect, test } from 'vitest';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, eventually, type KubeObject } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import * as story from '../../support/story.ts';

const ENTRIES = 500;

const intentIn = (namespace: string, allow: readonly object[]): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace },
  spec: { workloadSelector: { matchLabels: { app: `nginx-${namespace}-1` } }, allow },
});
const ranges = Array.from({ length: 10 }, (_, index) => ({
  cidr: `10.${index}.0.0/16`,
  ports: Array.from({ length: ENTRIES / 10 }, (_each, port) => ({ port: 1_000 + port })),
}));

test('its Sidecar is written while most of the writes of the tenant still wait', async () => {
  const server = await startServerWithCrds(story.storyObjects);
  const cluster = connect(server.kubeconfig);
  const controller = await runningController(server.kubeconfig);
  const writesTo = (plural: string, namespace: string): number =>
    server
      .requests()
      .filter(({ method, path }) => method === 'PATCH' && path.includes(`/${namespace}/${plural}/`)).length;
  await cluster.apply(intentIn('red', ranges));
  await eventually(() => expect(writesTo('serviceentries', 'red')).toBeGreaterThan(5));
  await cluster.apply(intentIn('green', [story.BLUE_SVC]));
  await eventually(() => expect(writesTo('sidecars', 'green')).toBe(1), { everyMs: 1 });
  expect(writesTo('serviceentries', 'red')).toBeLessThan(ENTRIES - 100);
  await eventually(() => expect(writesTo('serviceentries', 'red')).toBe(ENTRIES));
  await controller.stop();
  await cluster.close();
  await server.stop();
});
