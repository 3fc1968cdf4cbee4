// The reflector keeps a store equal to the server through every failure, and never takes a failed read for an empty list.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiError } from '../../../src/kubernetes/api-error.ts';
import { startReflector, type Reflector } from '../../../src/kubernetes/reflector.ts';
import { createStore, type Change, type Store } from '../../../src/cluster/store.ts';
import { connect as connectTransport, type Transport } from '../../../src/kubernetes/transport.ts';
import { startApiServer, type ApiServer } from '../../kits/api-server/server.ts';
import type { ProxiedRequest } from '../../kits/fault-proxy/fault.ts';
import { startFaultProxy, type FaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { connect, eventually, refOf, type Cluster } from '../../support/cluster.ts';
import { namespaceObject, podObject } from '../../support/story.ts';
import { sortedSet } from '../../../src/domain/order.ts';
import { parsePod, type Pod } from '../../../src/domain/kinds/pod.ts';

let server: ApiServer;
let proxy: FaultProxy;
let cluster: Cluster;
let transport: Transport;
let store: Store<Pod>;
let changes: Omit<Change<Pod>, 'identity'>[];
let errors: ApiError[];
let stopping: AbortController;
let reflector: Reflector | undefined;

const isPods = ({ path }: ProxiedRequest): boolean => path.endsWith('/pods');
const isWatch = (request: ProxiedRequest): boolean => isPods(request) && request.query.includes('watch');
const isList = (request: ProxiedRequest): boolean => isPods(request) && !request.query.includes('watch');
const names = (): readonly string[] => sortedSet(store.inNamespace('red').map(({ name }) => name));
const until = (expected: readonly string[]): Promise<void> =>
  eventually(() => expect(names()).toEqual(expected));
const lists = (): number => proxy.requests().filter(isList).length;

function start(optional = false): Reflector {
  reflector = startReflector({
    transport,
    resource: { apiVersion: 'v1', plural: 'pods', metadataOnly: true, optional },
    reader: { parse: parsePod },
    store,
    signal: stopping.signal,
    onError: (error) => errors.push(error),
    maxBackoffMs: 50,
  });
  return reflector;
}

beforeEach(async () => {
  server = await startApiServer({ bookmarkIntervalMs: 50 });
  proxy = await startFaultProxy({ kubeconfig: server.kubeconfig });
  cluster = connect(server.kubeconfig);
  transport = connectTransport({
    userAgent: 'test',
    load: (kube) => kube.loadFromString(proxy.kubeconfig),
    timeoutMs: 500,
  });
  store = createStore();
  [changes, errors, stopping] = [[], [], new AbortController()];
  store.subscribe(({ before, after }) => changes.push({ before, after }));
  await cluster.apply(namespaceObject('red'));
  await cluster.apply(podObject('a', 'red'));
});

afterEach(async () => {
  stopping.abort();
  await reflector?.done;
  await transport.close();
  await cluster.close();
  await proxy.stop();
  await server.stop();
});

describe('a reflector', () => {
  test('lists once, and then follows additions, changes and deletions', async () => {
    await start().synced;
    expect(names()).toEqual(['a']);
    await cluster.apply(podObject('b', 'red'));
    await until(['a', 'b']);
    await cluster.patch(refOf(podObject('b', 'red')), { metadata: { labels: { extra: 'x' } } });
    await eventually(() => expect(store.get('red', 'b')?.labels).toMatchObject({ extra: 'x' }));
    await cluster.remove(refOf(podObject('a', 'red')));
    await until(['b']);
    expect(lists()).toBe(1);
  });

  test('asks for metadata only', async () => {
    await start().synced;
    const metadata = { namespace: 'red', name: 'a', labels: { name: 'a', app: 'a' } };
    expect(store.get('red', 'a')).toEqual({ ...metadata, dataPlane: 'sidecar', bypasses: [] });
  });

  test('notifies no subscriber of an event that changes none of the stored fields', async () => {
    await start().synced;
    const before = changes.length;
    await cluster.patch(refOf(podObject('a', 'red')), { status: { phase: 'Running' } }, 'merge', 'status');
    await cluster.apply(podObject('b', 'red'));
    await until(['a', 'b']);
    expect(changes.slice(before).map(({ after }) => after?.name)).toEqual(['b']);
  });

  test('reads every page of a long list', async () => {
    const pods = Array.from({ length: 1_200 }, (_value, index) => podObject(`p${index}`, 'red'));
    for (let first = 0; first < pods.length; first += 50)
      await Promise.all(pods.slice(first, first + 50).map((pod) => cluster.create(pod)));
    await start().synced;
    expect(store.size()).toBe(1_201);
    expect(lists()).toBe(3);
  });

  test.each([
    { what: 'is refused', fault: { kind: 'status', status: 500 } },
    { what: 'is throttled', fault: { kind: 'status', status: 429, headers: { 'retry-after': '0' } } },
    { what: 'is forbidden', fault: { kind: 'status', status: 403 } },
    { what: 'is of an unknown kind', fault: { kind: 'status', status: 404 } },
    { what: 'breaks', fault: { kind: 'reset' } },
    { what: 'ends in the middle', fault: { kind: 'truncate', afterBytes: 40 } },
    { what: 'is never answered', fault: { kind: 'black-hole' } },
  ] as const)('retries when the list $what, and is synced only after a complete list', async ({ fault }) => {
    const injected = proxy.inject({ when: isList, fault });
    let synced = false;
    const first = start();
    void first.synced.then(() => (synced = true));
    await eventually(() => expect(errors.length).toBeGreaterThan(0));
    expect({ synced, names: names() }).toEqual({ synced: false, names: [] });
    injected.remove();
    await first.synced;
    expect(names()).toEqual(['a']);
  });

  test('treats an optional kind that the server does not know as empty, and lists it once it exists', async () => {
    const absent = proxy.inject({ when: isList, fault: { kind: 'status', status: 404 } });
    await start(true).synced;
    expect({ names: names(), errors }).toEqual({ names: [], errors: [] });
    absent.remove();
    await until(['a']);
  });

  test('does not take an expired list of an optional kind for an empty one', async () => {
    proxy.inject({ when: isList, times: 1, fault: { kind: 'status', status: 410 } });
    await start(true).synced;
    expect([names(), lists(), errors.length]).toEqual([['a'], 2, 1]);
  });

  test('keeps the objects of an optional kind whose requests start to fail with not found', async () => {
    await start(true).synced;
    const before = lists();
    proxy.inject({ when: () => true, fault: { kind: 'status', status: 404 } });
    server.closeWatches();
    await eventually(() => expect(lists()).toBeGreaterThan(before + 2));
    expect(names()).toEqual(['a']);
  });

  test.each([
    { what: 'is refused', fault: { kind: 'status', status: 503 } },
    { what: 'breaks', fault: { kind: 'reset', afterBytes: 10 } },
    { what: 'ends in the middle of a line', fault: { kind: 'truncate', afterBytes: 100 } },
  ] as const)('resumes from the last resourceVersion when the watch $what', async ({ fault }) => {
    proxy.inject({ when: isWatch, times: 3, fault });
    await start().synced;
    await cluster.apply(podObject('b', 'red'));
    await until(['a', 'b']);
    await cluster.remove(refOf(podObject('a', 'red')));
    await until(['b']);
    expect(lists()).toBe(1);
    expect(errors.length).toBeGreaterThan(0);
  });

  test('resumes when the server ends the watch, as it does every few minutes', async () => {
    await start().synced;
    await eventually(() => expect(proxy.requests().filter(isWatch).length).toBe(1));
    server.closeWatches();
    await cluster.apply(podObject('b', 'red'));
    await until(['a', 'b']);
    expect({ lists: lists(), errors }).toEqual({ lists: 1, errors: [] });
  });

  test('lists again when its resourceVersion has expired, and removes what was deleted meanwhile', async () => {
    await start().synced;
    const hold = proxy.inject({ when: isWatch, fault: { kind: 'reset' } });
    server.closeWatches();
    await cluster.apply(podObject('b', 'red'));
    await cluster.remove(refOf(podObject('a', 'red')));
    server.compact();
    hold.remove();
    await until(['b']);
    expect(lists()).toBe(2);
  });

  test('keeps its objects while every request fails', async () => {
    await start().synced;
    proxy.inject({ when: () => true, fault: { kind: 'status', status: 500 } });
    server.closeWatches();
    await eventually(() => expect(errors.length).toBeGreaterThan(5));
    expect(names()).toEqual(['a']);
  });

  test('notices an object that was deleted and created again between two lists', async () => {
    await start().synced;
    const uid = store.identity('red', 'a')?.uid;
    const hold = proxy.inject({ when: isWatch, fault: { kind: 'reset' } });
    server.closeWatches();
    await cluster.remove(refOf(podObject('a', 'red')));
    await cluster.apply(podObject('a', 'red', { app: 'new' }));
    server.compact();
    hold.remove();
    await eventually(() => expect(store.get('red', 'a')?.labels).toEqual({ app: 'new' }));
    expect(store.identity('red', 'a')?.uid).not.toBe(uid);
  });

  test('ends when the signal is aborted, even while it waits for a response', async () => {
    proxy.inject({ when: isList, fault: { kind: 'black-hole' } });
    const { done } = start();
    await eventually(() => expect(lists()).toBe(1));
    stopping.abort();
    await done;
    expect(errors).toEqual([]);
  });
});
