// The objects of one kind as the API server last returned them, by namespace and name. Knows nothing of the kind.
import { isDeepStrictEqual } from 'node:util';

/** Identifies an object and its version. */
export type ObjectIdentity = {
  /** Empty for a cluster-scoped object. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
};

/** An object that was added, changed or removed. `before` and `after` are never equal. */
export type Change<T> = { readonly before: T | undefined; readonly after: T | undefined };

export type Store<T> = {
  readonly get: (namespace: string, name: string) => T | undefined;
  /** In no particular order. */
  readonly inNamespace: (namespace: string) => readonly T[];
  readonly namespaces: () => readonly string[];
  readonly size: () => number;
  /** The uid and version of the stored object. */
  readonly identity: (namespace: string, name: string) => ObjectIdentity | undefined;
  /** Notes that this version cannot be read, until another version is stored or the object is gone. False if it was noted before. */
  readonly markUnreadable: (identity: ObjectIdentity) => boolean;
  /** The number of objects whose newest version cannot be read. */
  readonly unreadable: () => number;
  /** Calls back after each change, in the order of the changes. */
  readonly subscribe: (listener: (change: Change<T>) => void) => void;
  /** Resolves at the next event for any object, even if nothing changed, or when the signal aborts. */
  readonly nextEvent: (signal: AbortSignal) => Promise<void>;
  readonly upsert: (identity: ObjectIdentity, value: T) => void;
  readonly remove: (namespace: string, name: string) => void;
  /** Removes every object whose `storeKey` is not among the keys: for the end of a complete list. */
  readonly retain: (keys: ReadonlySet<string>) => void;
};

type StoredObject<T> = { readonly identity: ObjectIdentity; readonly value: T };

export const storeKey = (namespace: string, name: string): string => `${namespace}/${name}`;

export function createStore<T>(): Store<T> {
  const buckets = new Map<string, Map<string, StoredObject<T>>>();
  const listeners: ((change: Change<T>) => void)[] = [];
  const waiting = new Set<() => void>();
  /** Versions by `storeKey`. */
  const unreadable = new Map<string, string>();
  const find = (namespace: string, name: string) => buckets.get(namespace)?.get(name);

  function notify(change: Change<T>): void {
    if (!isDeepStrictEqual(change.before, change.after)) for (const listener of listeners) listener(change);
    for (const wake of waiting) wake();
  }
  function remove(namespace: string, name: string): void {
    unreadable.delete(storeKey(namespace, name));
    const before = find(namespace, name);
    if (before === undefined) return;
    const bucket = buckets.get(namespace);
    bucket?.delete(name);
    if (bucket?.size === 0) buckets.delete(namespace);
    notify({ before: before.value, after: undefined });
  }

  return {
    get: (namespace, name) => find(namespace, name)?.value,
    inNamespace: (namespace) => [...(buckets.get(namespace)?.values() ?? [])].map(({ value }) => value),
    namespaces: () => [...buckets.keys()],
    size: () => [...buckets.values()].reduce((sum, bucket) => sum + bucket.size, 0),
    identity: (namespace, name) => find(namespace, name)?.identity,
    subscribe: (listener) => void listeners.push(listener),
    nextEvent: (signal) => nextWake(waiting, signal),
    markUnreadable: ({ namespace, name, resourceVersion }) => {
      const key = storeKey(namespace, name);
      const isNew = unreadable.get(key) !== resourceVersion;
      unreadable.set(key, resourceVersion);
      return isNew;
    },
    unreadable: () => unreadable.size,
    upsert: (identity, value) => {
      const key = storeKey(identity.namespace, identity.name);
      if (unreadable.get(key) !== identity.resourceVersion) unreadable.delete(key);
      const before = find(identity.namespace, identity.name)?.value;
      const bucket = buckets.get(identity.namespace) ?? new Map<string, StoredObject<T>>();
      bucket.set(identity.name, { identity, value });
      buckets.set(identity.namespace, bucket);
      notify({ before, after: value });
    },
    remove,
    retain: (keys) => {
      for (const key of unreadable.keys()) if (!keys.has(key)) unreadable.delete(key);
      for (const [namespace, bucket] of buckets) {
        for (const name of bucket.keys()) if (!keys.has(storeKey(namespace, name))) remove(namespace, name);
      }
    },
  };
}

function nextWake(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    if (signal.aborted) return resolve();
    waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
