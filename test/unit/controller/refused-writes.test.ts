// What becomes of a Sidecar that the API server refuses: where nothing of ours governs its pods, a part of it is written.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../../src/controller/controller.ts';
import type { ApiServer } from '../../kits/api-server/server.ts';
import type { ProxiedRequest } from '../../kits/fault-proxy/fault.ts';
import { startFaultProxy, type FaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { conditionsOf, untilCondition } from '../../support/intent-status.ts';
import * as story from '../../support/story.ts';

let server: ApiServer;
let proxy: FaultProxy;
let cluster: Cluster;
let controller: Controller;

const writes =
  (plural: string, part = '') =>
  ({ method, path }: ProxiedRequest): boolean =>
    method === 'PATCH' && path.includes(`/${plural}/`) && path.includes(part);
const isDryRun = ({ query }: ProxiedRequest): boolean => query.includes('dryRun=All');
const writesGreen = (request: ProxiedRequest): boolean =>
  writes('sidecars')(request) && request.body.includes('green/*');
const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.sidecars);
const hostsOf = (objects: readonly KubeObject[]): string => JSON.stringify(objects.map(({ spec }) => spec));
const applyAndWait = async (object: KubeObject, is = 'True/Ready'): Promise<KubeObject> => {
  await cluster.apply(object);
  return untilCondition(cluster, { intent: object.metadata.name, is });
};

beforeEach(async () => {
  server = await startServerWithCrds([...story.storyObjects, story.podObject('nginx-red-2', 'red')]);
  proxy = await startFaultProxy({ kubeconfig: server.kubeconfig });
  cluster = connect(server.kubeconfig);
  controller = await runningController(proxy.kubeconfig);
});

afterEach(async () => {
  await controller.stop();
  await cluster.close();
  await proxy.stop();
  await server.stop();
});

describe('a Sidecar that is refused', () => {
  test('restricts the pods with the largest part of the Sidecar that is accepted, and names the rest', async () => {
    const fault = proxy.inject({
      when: (request) => writes('sidecars')(request) && request.body.includes('green/*'),
      fault: { kind: 'status', status: 422 },
    });
    // The server in this process has no dry runs.
    proxy.inject({
      when: ({ query }) => query.includes('dryRun=All'),
      fault: { kind: 'status', status: 200 },
    });
    const object = story.appIntent([story.GREEN, story.BLUE_SVC]);
    const intent = await applyAndWait(object, 'False/NotProgrammed');
    expect(conditionsOf(intent).find(({ type }) => type === 'Programmed')).toMatchObject({
      reason: 'Refused',
      message: expect.stringMatching(/^Sidecar\/\S+: it stands without green\/\*, .* 422 Invalid/),
    });
    expect(hostsOf(await sidecars())).toContain('nginx-blue-svc');
    expect(hostsOf(await sidecars())).not.toContain('green');
    fault.remove();
    await untilCondition(cluster, { is: 'True/Ready' });
    expect(hostsOf(await sidecars())).toContain('green/*');
  });

  test('leaves what stands where a Sidecar of ours governs the pods', async () => {
    await applyAndWait(story.appIntent([story.GREEN]));
    const [before] = await sidecars();
    proxy.inject({ when: writes('sidecars'), fault: { kind: 'status', status: 422 } });
    await applyAndWait(story.appIntent([story.GREEN, story.BLUE_SVC]), 'False/NotProgrammed');
    expect(await sidecars()).toEqual([before]);
  });

  test.each([
    { what: 'a status that says nothing of the object', status: 413, body: undefined },
    { what: 'the page of a proxy', status: 400, body: '<html>bad request</html>' },
    {
      what: 'a webhook that takes no dry run',
      status: 422,
      dryRun: { kind: 'Status', message: 'admission webhook "x.example.com" does not support dry run' },
    },
  ])('writes no part after $what', async ({ status, body, dryRun }) => {
    if (dryRun !== undefined) {
      proxy.inject({ when: isDryRun, fault: { kind: 'status', status: 400, body: dryRun } });
    }
    proxy.inject({
      when: writesGreen,
      fault: { kind: 'status', status, ...(body === undefined ? {} : { body }) },
    });
    await applyAndWait(story.appIntent([story.GREEN, story.BLUE_SVC]), 'False/NotProgrammed');
    expect(await sidecars()).toEqual([]);
  });

  test('during an outage of a webhook writes no part', async () => {
    const body = {
      message: 'failed calling webhook "rev.validation.istio.io": timeout',
      reason: 'InternalError',
    };
    const fault = proxy.inject({
      when: (request) => writes('sidecars')(request) && request.body.includes('green/*'),
      fault: { kind: 'status', status: 500, body },
    });
    await applyAndWait(story.appIntent([story.GREEN, story.BLUE_SVC]), 'False/NotProgrammed');
    expect(await sidecars()).toEqual([]);
    fault.remove();
    await untilCondition(cluster, { is: 'True/Ready' });
  });
});
