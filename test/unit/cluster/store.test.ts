// A store of the objects of one kind.
import { describe, expect, test } from 'vitest';
import { createStore, storeKey, type Change, type Store } from '../../../src/cluster/store.ts';

type Value = { readonly ports: readonly number[] };

const put = (store: Store<Value>, name: string, ports: readonly number[], version = '1'): void =>
  store.upsert({ namespace: 'shop', name, uid: `uid-${name}`, resourceVersion: version }, { ports });

function watched(): { store: Store<Value>; changes: Omit<Change<Value>, 'identity'>[] } {
  const store = createStore<Value>();
  const changes: Omit<Change<Value>, 'identity'>[] = [];
  store.subscribe(({ before, after }) => changes.push({ before, after }));
  return { store, changes };
}

test('an object is found by namespace and name', () => {
  const { store } = watched();
  put(store, 'web', [80]);
  expect(store.get('shop', 'web')).toEqual({ ports: [80] });
  expect(store.get('pay', 'web')).toBeUndefined();
  expect(store.inNamespace('shop')).toEqual([{ ports: [80] }]);
  expect(store.inNamespace('pay')).toEqual([]);
  expect([store.namespaces(), store.size()]).toEqual([['shop'], 1]);
});

test('the identity is that of the last version', () => {
  const { store } = watched();
  put(store, 'web', [80]);
  put(store, 'web', [80], '2');
  expect(store.identity('shop', 'web')).toMatchObject({ uid: 'uid-web', resourceVersion: '2' });
});

describe('subscribers are called', () => {
  test('for each object that is added, changed or removed', () => {
    const { store, changes } = watched();
    put(store, 'web', [80]);
    put(store, 'web', [81]);
    store.remove('shop', 'web');
    expect(changes).toEqual([
      { before: undefined, after: { ports: [80] } },
      { before: { ports: [80] }, after: { ports: [81] } },
      { before: { ports: [81] }, after: undefined },
    ]);
  });

  test('not for a new version with an equal value, nor for the removal of an unknown object', () => {
    const { store, changes } = watched();
    put(store, 'web', [80]);
    put(store, 'web', [80], '2');
    store.remove('shop', 'api');
    expect(changes).toHaveLength(1);
  });
});

test('after a list, objects that are not in it are removed, and a namespace without objects is forgotten', () => {
  const { store, changes } = watched();
  put(store, 'web', [80]);
  put(store, 'api', [80]);
  store.retain(new Set([storeKey('shop', 'api')]));
  expect([store.get('shop', 'web'), store.size()]).toEqual([undefined, 1]);
  store.retain(new Set());
  expect(store.namespaces()).toEqual([]);
  expect(changes).toHaveLength(4);
});

describe('a wait for the next event ends', () => {
  test('at an event that changes nothing', async () => {
    const { store } = watched();
    put(store, 'web', [80]);
    const next = store.nextEvent(new AbortController().signal);
    put(store, 'web', [80], '2');
    await expect(next).resolves.toBeUndefined();
  });

  test('when it is aborted, before or during the wait', async () => {
    const { store } = watched();
    const controller = new AbortController();
    const next = store.nextEvent(controller.signal);
    controller.abort();
    await expect(next).resolves.toBeUndefined();
    await expect(store.nextEvent(controller.signal)).resolves.toBeUndefined();
  });
});

const version = (name: string, resourceVersion: string) => ({
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  resourceVersion,
});

describe('a version that cannot be read', () => {
  test('is noted once, and the last readable version stays', () => {
    const { store, changes } = watched();
    put(store, 'web', [80]);
    expect(['2', '2', '3'].map((next) => store.markUnreadable(version('web', next)))).toEqual([
      true,
      false,
      true,
    ]);
    expect([store.unreadable(), store.get('shop', 'web'), changes.length]).toEqual([1, { ports: [80] }, 1]);
  });

  test.each([
    ['another version is stored', (store: Store<Value>) => put(store, 'web', [81], '3'), 0],
    ['something stands in for it', (store: Store<Value>) => put(store, 'web', [81], '2'), 1],
    ['the object is removed', (store: Store<Value>) => store.remove('shop', 'web'), 0],
    ['a list lacks the object', (store: Store<Value>) => store.retain(new Set()), 0],
    ['a list has the object', (store: Store<Value>) => store.retain(new Set([storeKey('shop', 'web')])), 1],
  ])('counts until %s', (_what, act, expected) => {
    const { store } = watched();
    store.markUnreadable(version('web', '2'));
    act(store);
    expect(store.unreadable()).toBe(expected);
  });
});
