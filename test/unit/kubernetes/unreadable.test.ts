// An object that cannot be read is told, once for each version, and never taken for one that does not exist.
import { describe, expect, test } from 'vitest';
import { createStore } from '../../../src/cluster/store.ts';
import { parseService, type Service } from '../../../src/domain/kinds/service.ts';
import { problemText } from '../../../src/domain/problem.ts';
import { ok } from '../../../src/domain/result.ts';
import { list } from '../../../src/kubernetes/list-watch.ts';
import type { Transport } from '../../../src/kubernetes/transport.ts';

const service = (resourceVersion: string, port: unknown) => ({
  metadata: { name: 'api', namespace: 'pay', uid: 'uid', resourceVersion },
  spec: { ports: [{ port }] },
});

/** Lists Services, each time with other items, into one store. */
function lister() {
  const store = createStore<Service>();
  const told: string[] = [];
  const relist = (...items: readonly unknown[]) =>
    list({
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list needs nothing else
      transport: {
        request: async () => ok({ metadata: { resourceVersion: '9' }, items }),
      } as unknown as Transport,
      resource: { apiVersion: 'v1', plural: 'services' },
      store,
      reader: { parse: parseService },
      onUnreadable: ({ namespace, name, resourceVersion }, problems) =>
        told.push(`${namespace}/${name}@${resourceVersion} ${problems.map(problemText).join()}`),
      signal: new AbortController().signal,
    });
  const ports = () => store.get('pay', 'api')?.ports.map(({ number }) => number);
  return { store, told, relist, ports };
}

const WRONG_PORT = 'spec.ports[0].port: must be of type number, not string';

describe('a Service that becomes unreadable', () => {
  test('stays as it was, and is told once for each version', async () => {
    const { relist, ports, told, store } = lister();
    await relist(service('1', 80));
    for (const version of ['2', '2', '3']) await relist(service(version, '80'));
    expect(ports()).toEqual([80]);
    expect(told).toEqual([`pay/api@2 ${WRONG_PORT}`, `pay/api@3 ${WRONG_PORT}`]);
    expect(store.unreadable()).toBe(1);
    await relist(service('4', 81));
    expect([ports(), store.unreadable()]).toEqual([[81], 0]);
  });

  test('is gone once the server no longer lists it', async () => {
    const { relist, ports, store } = lister();
    await relist(service('1', 80));
    await relist(service('2', '80'));
    await relist();
    expect([ports(), store.unreadable()]).toEqual([undefined, 0]);
  });

  test('is told where no version could be read', async () => {
    const { relist, ports, told } = lister();
    await relist(service('1', '80'), {
      ...service('1', 80),
      metadata: { ...service('1', 80).metadata, name: 'web' },
    });
    expect([ports(), told]).toEqual([undefined, [`pay/api@1 ${WRONG_PORT}`]]);
  });
});

test('null for the items of a list is an empty list', async () => {
  const { store } = lister();
  store.upsert(
    { namespace: 'pay', name: 'old', uid: '', resourceVersion: '1' },
    {
      namespace: 'pay',
      name: 'old',
      kind: 'cluster-ip',
      clusterIps: [],
      creationTimestamp: '',
      ports: [],
      exportTo: [],
      externalName: '',
    },
  );
  const listed = await list({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list needs nothing else
    transport: {
      request: async () => ok({ metadata: { resourceVersion: '9' }, items: null }),
    } as unknown as Transport,
    resource: { apiVersion: 'v1', plural: 'services' },
    store,
    reader: { parse: parseService },
    signal: new AbortController().signal,
  });
  expect([listed, store.size()]).toEqual([ok('9'), 0]);
});
