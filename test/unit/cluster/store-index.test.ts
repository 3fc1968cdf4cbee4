// The look-up of objects by keys of theirs.
import { expect, test } from 'vitest';
import { createStoreIndex } from '../../../src/cluster/store-index.ts';
import { createStore } from '../../../src/cluster/store.ts';
import type { LiveServiceEntry } from '../../../src/domain/kinds/service-entry.ts';
import { liveServiceEntry } from '../../support/literals.ts';

function indexed() {
  const store = createStore<LiveServiceEntry>();
  const find = createStoreIndex(store, ({ namespace, hosts }) => hosts.map((host) => `${namespace}/${host}`));
  return {
    put: (name: string, ...hosts: readonly string[]) =>
      store.upsert(
        { namespace: 'red', name, uid: '', resourceVersion: '' },
        liveServiceEntry(name, { hosts }),
      ),
    remove: (name: string) => store.remove('red', name),
    names: (host: string, namespace = 'red') => find(`${namespace}/${host}`).map(({ name }) => name),
  };
}

test('every object with the key is found, in order of name', () => {
  const { put, names } = indexed();
  put('b', 'a.example.com');
  put('a', 'a.example.com', 'b.example.com');
  expect(names('a.example.com')).toEqual(['a', 'b']);
  expect(names('b.example.com')).toEqual(['a']);
  expect(names('a.example.com', 'blue')).toEqual([]);
});

test('a key is compared as it is, a wildcard too', () => {
  const { put, names } = indexed();
  put('a', '*.example.com');
  expect(names('*.example.com')).toEqual(['a']);
  expect(names('a.example.com')).toEqual([]);
});

test('the index follows changes and removals', () => {
  const { put, remove, names } = indexed();
  put('a', 'a.example.com');
  put('a', 'b.example.com');
  expect([names('a.example.com'), names('b.example.com')]).toEqual([[], ['a']]);
  remove('a');
  expect(names('b.example.com')).toEqual([]);
});
