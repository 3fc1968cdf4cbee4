// The controller as a process: its log, its end, its health and metrics endpoints.
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveHealth, serveMetrics } from '../../../src/controller/ports/endpoints.ts';
import { createClusterState } from '../../../src/cluster/stores.ts';
import type { ApiServer } from '../../kits/api-server/server.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, type Cluster } from '../../support/cluster.ts';
import { reportOf } from '../../support/literals.ts';
import { metricsOf } from '../../support/metrics.ts';
import { startControllerProcess } from '../../support/controller-process.ts';
import { untilCondition } from '../../support/intent-status.ts';
import * as story from '../../support/story.ts';

describe('the process, from the bundle', { timeout: 60_000 }, () => {
  let server: ApiServer;
  let cluster: Cluster;

  beforeEach(async () => {
    server = await startServerWithCrds(story.storyObjects);
    cluster = connect(server.kubeconfig);
  });
  afterEach(async () => {
    await cluster.close();
    await server.stop();
  });

  test('logs one line of JSON for each reconcile that wrote something, and exits with 0 on SIGTERM', async () => {
    const controller = await startControllerProcess(server.kubeconfig);
    await cluster.apply(story.appIntent([story.GREEN]));
    await untilCondition(cluster, { is: 'True/Ready' });
    controller.stop();
    expect(await controller.ended).toBe(0);
    const lines = controller
      .log()
      .map((line) => JSON.parse(line) as { msg: string; namespace?: string; written?: string[] });
    expect(lines.map(({ msg }) => msg)).toEqual([
      'started',
      'every kind is listed',
      'reconciled',
      'stopping',
      'stopped',
    ]);
    expect(lines[2]).toMatchObject({
      namespace: 'red',
      written: [expect.stringMatching(/^apply Sidecar\/egress-intent-/)],
      statuses: 1,
    });
  });

  test('ends with 2 and says so if a port of it is taken', async () => {
    const taken = await serveHealth(0, () => []);
    const controller = await startControllerProcess(server.kubeconfig, ['--health-port', String(taken.port)]);
    expect(await controller.ended).toBe(2);
    expect(controller.log().join('\n')).toContain(
      `egress-intent controller: port ${taken.port} cannot be opened: `,
    );
    await taken.close();
  });

  test('ends with 2 if the namespace of the Lease is not known', async () => {
    const controller = await startControllerProcess(server.kubeconfig, ['--leader-elect']);
    expect(await controller.ended).toBe(2);
    expect(controller.log().join('\n')).toContain('give --leader-election-namespace');
  });

  test('sends its name and version as user agent', async () => {
    const controller = await startControllerProcess(server.kubeconfig);
    await cluster.apply(story.appIntent([]));
    await untilCondition(cluster, { is: 'True/Ready' });
    controller.stop();
    await controller.ended;
    const agents = new Set(server.requests().map(({ userAgent }) => userAgent));
    expect([...agents].filter((agent) => agent.startsWith('egress-intent/'))).toEqual([
      'egress-intent/0.1.0',
    ]);
  });
});

const get = async (port: number, path: string) => {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`);
  return { status: statusCode, text: await body.text() };
};

describe('the endpoints', () => {
  test('/healthz always returns 200, /readyz only while there is no reason against it', async () => {
    let why = ['Pod is not listed yet', 'Sidecar is not listed yet'];
    const { port, close } = await serveHealth(0, () => why);
    expect((await get(port, '/healthz')).status).toBe(200);
    expect(await get(port, '/readyz')).toEqual({ status: 503, text: `${why.join('\n')}\n` });
    why = [];
    expect((await get(port, '/readyz')).status).toBe(200);
    expect((await get(port, '/other')).status).toBe(404);
    await close();
  });

  test('/metrics returns the metrics in Prometheus format', async () => {
    const { stores } = createClusterState('istio-system');
    stores.Service.markUnreadable({ namespace: 'pay', name: 'api', uid: '', resourceVersion: '1' });
    const queue = { waiting: 3, oldestWaitMs: 1_500, longestRunMs: 0, retrying: 2 };
    const metrics = metricsOf({ cluster: { stores }, queue: () => queue });
    metrics.reconciled(reportOf(), 0.004);
    metrics.watchError('Pod', 'unavailable');
    const { port, close } = await serveMetrics(0, metrics);
    const { status, text } = await get(port, '/metrics');
    await close();
    expect(status).toBe(200);
    expect(text).toContain('egress_intent_reconciles_total{result="settled"} 1');
    expect(text).toContain('egress_intent_reconcile_duration_seconds_bucket{le="0.005"} 1');
    expect(text).toContain('egress_intent_watch_errors_total{kind="Pod",reason="unavailable"} 1');
    expect(text).toContain('workqueue_depth{name="egress-intent"} 3');
    expect(text).toContain('egress_intent_queue_oldest_wait_seconds 1.5');
    expect(text).toContain('egress_intent_namespaces_in_retry 2');
    expect(text).toContain('leader_election_master_status{name="egress-intent"} 1');
    expect(text).toContain('egress_intent_objects{kind="EgressIntent"} 0');
    expect(text).toContain('egress_intent_unreadable_objects{kind="Service"} 1');
  });
});
