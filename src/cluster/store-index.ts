// An index of a store by keys of its objects, so that a look-up need not read every object.
import { byEach, byKey } from '../domain/order.ts';
import type { Store } from './store.ts';

type Named = { readonly namespace: string; readonly name: string };

/**
 * Follows the changes of an empty store. The look-up returns the objects with a key, in order of namespace and name; `keysOf` gives the
 * keys of an object. It returns the same list until an object with the key changes.
 */
export function createStoreIndex<T extends Named>(
  store: Store<T>,
  keysOf: (object: T) => readonly string[],
): (key: string) => readonly T[] {
  const byKeys = new Map<string, Indexed<T>>();

  function remove(object: T): void {
    for (const key of keysOf(object)) {
      const indexed = byKeys.get(key);
      if (indexed === undefined) continue;
      indexed.objects.delete(idOf(object));
      indexed.inOrder = undefined;
      if (indexed.objects.size === 0) byKeys.delete(key);
    }
  }
  function add(object: T): void {
    for (const key of keysOf(object)) {
      const indexed = byKeys.get(key) ?? { objects: new Map<string, T>(), inOrder: undefined };
      byKeys.set(key, indexed);
      indexed.objects.set(idOf(object), object);
      indexed.inOrder = undefined;
    }
  }

  store.subscribe(({ before, after }) => {
    if (before !== undefined) remove(before);
    if (after !== undefined) add(after);
  });
  return (key) => {
    const indexed = byKeys.get(key);
    if (indexed === undefined) return NONE;
    indexed.inOrder ??= [...indexed.objects.values()].toSorted(byName);
    return indexed.inOrder;
  };
}

/** The objects with one key. Their list is made when it is asked for, and is the same until one of them changes. */
type Indexed<T> = { readonly objects: Map<string, T>; inOrder: readonly T[] | undefined };

const NONE: readonly never[] = [];

const idOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

const byName = byEach<Named>(
  byKey(({ namespace }) => namespace),
  byKey(({ name }) => name),
);
