// A cluster without pods, services and intents: the API server answers `items: null` for lists of their metadata.
import { expect, test } from 'vitest';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { untilCondition } from '../../support/intent-status.ts';
import * as story from '../../support/story.ts';

test('a controller on an empty cluster becomes ready, and enforces the first intent', async () => {
  const server = await startServerWithCrds();
  const cluster = connect(server.kubeconfig);
  const controller = await runningController(server.kubeconfig);
  const pods = server.requests().filter(({ path }) => path.startsWith('/api/v1/pods'));
  expect(pods.length).toBeLessThan(5); // a list and a watch, of all pods and of those on the network of their node
  await cluster.apply(story.namespaceObject('red'));
  await cluster.apply(story.appIntent([]));
  await untilCondition(cluster, { condition: 'Programmed', is: 'True/Programmed' });
  await controller.stop();
  await cluster.close();
  await server.stop();
});
