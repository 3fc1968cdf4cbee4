// An index of a store by keys of its objects, so that a look-up need not read every object.
import { byEach, byKey } from '../domain/order.ts';
import type { Store } from './store.ts';

type Named = { readonly namespace: string; readonly name: string };

/**
 * Follows the changes of an empty store. The look-up returns the objects with a key, in order of namespace and name; `keysOf` gives the
 * keys of an object.
 */
export function createStoreIndex<T extends Named>(
  store: Store<T>,
  keysOf: (object: T) => readonly string[],
): (key: string) => readonly T[] {
  const byKeys = new Map<string, Map<string, T>>();

  function remove(object: T): void {
    for (const key of keysOf(object)) {
      byKeys.get(key)?.delete(idOf(object));
      if (byKeys.get(key)?.size === 0) byKeys.delete(key);
    }
  }
  function add(object: T): void {
    for (const key of keysOf(object)) {
      byKeys.set(key, (byKeys.get(key) ?? new Map<string, T>()).set(idOf(object), object));
    }
  }

  store.subscribe(({ before, after }) => {
    if (before !== undefined) remove(before);
    if (after !== undefined) add(after);
  });
  return (key) => [...(byKeys.get(key)?.values() ?? [])].toSorted(byName);
}

const idOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

const byName = byEach<Named>(
  byKey(({ namespace }) => namespace),
  byKey(({ name }) => name),
);
