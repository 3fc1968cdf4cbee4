// What the controller does when the API server refuses or loses a request: it reports the failure, withholds only the
// writes that depend on it, deletes nothing while it cannot read, and retries.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../../src/controller/controller.ts';
import type { ApiServer } from '../../kits/api-server/server.ts';
import type { ProxiedRequest } from '../../kits/fault-proxy/fault.ts';
import { startFaultProxy, type FaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, eventually, refOf, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { conditionOf, conditionsOf, untilCondition } from '../../support/intent-status.ts';
import * as story from '../../support/story.ts';

let server: ApiServer;
let proxy: FaultProxy;
let cluster: Cluster;
let controller: Controller;

const secondIntent = (allow: Parameters<typeof story.intent>[0]): KubeObject =>
  story.intent(allow, { name: 'second', selector: { app: 'nginx-red-2' } });
const writes =
  (plural: string, part = '') =>
  ({ method, path }: ProxiedRequest): boolean =>
    method === 'PATCH' && path.includes(`/${plural}/`) && path.includes(part);
const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.sidecars);
const entries = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.serviceEntries);
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

describe('a write that fails', () => {
  test('is reported in the status of its intent with the message of the server, and retried', async () => {
    const fault = proxy.inject({ when: writes('sidecars'), fault: { kind: 'status', status: 422 } });
    const intent = await applyAndWait(story.appIntent([story.GREEN]), 'False/NotProgrammed');
    expect(conditionsOf(intent).find(({ type }) => type === 'Programmed')).toMatchObject({
      reason: 'Refused',
      message: expect.stringMatching(/^Sidecar\/egress-intent-\S+: 422 Invalid/),
    });
    fault.remove();
    await untilCondition(cluster, { is: 'True/Ready' });
  });

  test('delays only the writes that depend on it', async () => {
    await applyAndWait(story.appIntent([story.GREEN]));
    proxy.inject({ when: writes('serviceentries', 'google'), fault: { kind: 'status', status: 500 } });
    await cluster.apply(secondIntent([story.BLUE_SVC]));
    await applyAndWait(story.appIntent([story.GOOGLE]), 'False/NotProgrammed');
    await untilCondition(cluster, { intent: 'second', is: 'True/Ready' });
    // The Sidecar that needs the missing ServiceEntry keeps its hosts.
    expect(hostsOf(await sidecars())).toContain('green/*');
    expect(hostsOf(await sidecars())).not.toContain('www.google.com');
  });

  test('delays every deletion until it succeeds', async () => {
    await applyAndWait(story.appIntent([story.GREEN, { host: 'old.example.com' }]));
    const fault = proxy.inject({ when: writes('sidecars'), fault: { kind: 'status', status: 500 } });
    await applyAndWait(story.appIntent([story.GREEN]), 'False/NotProgrammed');
    expect(hostsOf(await entries())).toContain('old.example.com');
    fault.remove();
    await eventually(async () => expect(await entries()).toEqual([]));
  });

  test('is not retried before the time that the server asks for', async () => {
    proxy.inject({
      when: writes('sidecars'),
      times: 1,
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
    });
    const started = performance.now();
    await applyAndWait(story.appIntent([story.GREEN]));
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test.each([
    { what: 'was carried out, but the response was lost', fault: { kind: 'reset-after-forward' } },
    { what: 'never reached the server', fault: { kind: 'reset' } },
    { what: 'was answered with a conflict', fault: { kind: 'status', status: 409 } },
    { what: 'was answered with not found', fault: { kind: 'status', status: 404 } },
  ] as const)('succeeds later if it $what', async ({ fault }) => {
    proxy.inject({ when: ({ method }) => method !== 'GET', times: 3, fault });
    await applyAndWait(story.appIntent([story.GREEN, story.GOOGLE]));
    expect(hostsOf([...(await sidecars()), ...(await entries())])).toContain('red/www.google.com');
  });

  test('in one namespace does not delay another namespace', async () => {
    proxy.inject({
      when: ({ method, path }) => method === 'PATCH' && path.includes('/red/'),
      fault: { kind: 'status', status: 500 },
    });
    await cluster.apply(story.appIntent([story.GREEN]));
    const greenIntent = {
      ...story.appIntent([story.BLUE_SVC]),
      metadata: { name: 'green', namespace: 'green' },
    };
    await cluster.apply(greenIntent);
    await eventually(async () => {
      const found = await cluster.get(refOf(greenIntent));
      expect(found && conditionOf(found, 'Programmed')).toBe('True/Programmed');
    });
  });
});

describe('while nothing can be read', () => {
  test('nothing is deleted', async () => {
    await applyAndWait(story.appIntent([story.GREEN, story.GOOGLE]));
    const before = [...(await sidecars()), ...(await entries())];
    proxy.inject({ when: ({ method }) => method === 'GET', fault: { kind: 'status', status: 500 } });
    server.closeWatches();
    server.compact();
    await eventually(() =>
      expect(proxy.requests().filter(({ fault }) => fault !== undefined).length).toBeGreaterThan(20),
    );
    expect([...(await sidecars()), ...(await entries())]).toEqual(before);
  });

  test('a controller that starts writes nothing before it has listed every kind', async () => {
    await applyAndWait(story.appIntent([story.GREEN, story.GOOGLE]));
    await controller.stop();
    const before = proxy.requests().length;
    const hold = proxy.inject({
      when: ({ path, query }) => path.endsWith('/egressintents') && !query.includes('watch'),
      fault: { kind: 'hold' },
    });
    const starting = runningController(proxy.kubeconfig);
    await eventually(() => expect(hold.hits()).toBe(1));
    await eventually(() =>
      expect(
        proxy
          .requests()
          .slice(before)
          .filter(({ path }) => path.endsWith('/pods')).length,
      ).toBeGreaterThan(1),
    );
    hold.remove();
    controller = await starting;
    expect(
      proxy
        .requests()
        .slice(before)
        .filter(({ method }) => method !== 'GET'),
    ).toEqual([]);
  });
});

describe('the controller leaves unchanged', () => {
  test('the objects of an intent that is not accepted, while it changes those of other intents', async () => {
    await applyAndWait(story.appIntent([story.GREEN, story.GOOGLE]));
    const before = [...(await sidecars()), ...(await entries())];
    await applyAndWait(story.appIntent([{ host: '1.2.3.4' }]), 'False/NotAccepted');
    await applyAndWait(secondIntent([story.BLUE_SVC]));
    const after = [...(await sidecars()), ...(await entries())];
    for (const object of before) expect(after).toContainEqual(object);
    expect(after).toHaveLength(before.length + 1);
    await applyAndWait(story.appIntent([story.GREEN]));
    expect(await entries()).toEqual([]);
  });

  test('an object with a managed name but without label and intents, and takes another name', async () => {
    await applyAndWait(story.appIntent([story.GOOGLE]));
    const [entry] = await entries();
    await controller.stop();
    if (entry === undefined) throw new Error('no ServiceEntry');
    await cluster.remove(refOf(entry));
    const { name } = entry.metadata;
    const spec = { ...(entry['spec'] as object), hosts: ['foreign.example.com'] };
    const foreign = { ...entry, spec, metadata: { name, namespace: 'red' } };
    const { uid } = (await cluster.create(foreign)).metadata;
    controller = await runningController(proxy.kubeconfig);
    await eventually(async () => {
      const found = (await entries()).map((object) => [object.metadata.name, object.metadata.uid === uid]);
      expect(found).toEqual([
        [name, true],
        [`${name}-2`, false],
      ]);
    });
    await untilCondition(cluster, { is: 'True/Ready' });
    expect(await cluster.get(refOf(entry))).toMatchObject({ metadata: { uid }, spec });
  });
});
