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

/** An object that was added, changed or removed, with its newest identity. `before` and `after` are never equal. */
export type Change<T> = {
  readonly identity: ObjectIdentity;
  readonly before: T | undefined;
  readonly after: T | undefined;
};

export type Store<T> = {
  readonly get: (namespace: string, name: string) => T | undefined;
  /** In no particular order. The same list until an object of the namespace changes. */
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
  const objects = createObjects<T>();
  const marks = createVersionMarks();
  return {
    ...objects,
    markUnreadable: marks.mark,
    unreadable: marks.size,
    upsert: (identity, value) => {
      marks.clearOther(identity);
      objects.upsert(identity, value);
    },
    remove: (namespace, name) => {
      marks.clear(storeKey(namespace, name));
      objects.remove(namespace, name);
    },
    retain: (keys) => {
      marks.retain(keys);
      objects.retain(keys);
    },
  };
}

function createObjects<T>(): Omit<Store<T>, 'markUnreadable' | 'unreadable'> {
  const buckets = createBuckets<T>();
  const listeners: ((change: Change<T>) => void)[] = [];
  const waiting = new Set<() => void>();

  function notify(change: Change<T>): void {
    if (change.before !== change.after) for (const listener of listeners) listener(change);
    for (const wake of waiting) wake();
  }
  function remove(namespace: string, name: string): void {
    const before = buckets.find(namespace, name);
    if (before === undefined) return;
    buckets.remove(namespace, name);
    notify({ identity: before.identity, before: before.value, after: undefined });
  }

  return {
    get: (namespace, name) => buckets.find(namespace, name)?.value,
    inNamespace: buckets.list,
    namespaces: buckets.namespaces,
    size: buckets.size,
    identity: (namespace, name) => buckets.find(namespace, name)?.identity,
    subscribe: (listener) => void listeners.push(listener),
    nextEvent: (signal) => nextWake(waiting, signal),
    upsert: (identity, given) => {
      const before = buckets.find(identity.namespace, identity.name)?.value;
      // What equals the object that is known is that object: nobody takes a further version for a change.
      const value = before !== undefined && isDeepStrictEqual(before, given) ? before : given;
      buckets.put({ identity, value });
      notify({ identity, before, after: value });
    },
    remove,
    retain: (keys) => {
      for (const { namespace, name } of buckets.identities())
        if (!keys.has(storeKey(namespace, name))) remove(namespace, name);
    },
  };
}

/** Objects by namespace, with a list for each that is made when it is asked for. */
function createBuckets<T>() {
  const buckets = new Map<string, Map<string, StoredObject<T>>>();
  const lists = new Map<string, readonly T[]>();
  const find = (namespace: string, name: string) => buckets.get(namespace)?.get(name);
  return {
    find,
    put: (object: StoredObject<T>): void => {
      const { namespace, name } = object.identity;
      if (find(namespace, name)?.value !== object.value) lists.delete(namespace);
      const bucket = buckets.get(namespace) ?? new Map<string, StoredObject<T>>();
      buckets.set(namespace, bucket.set(name, object));
    },
    remove: (namespace: string, name: string): void => {
      const bucket = buckets.get(namespace);
      bucket?.delete(name);
      if (bucket?.size === 0) buckets.delete(namespace);
      lists.delete(namespace);
    },
    list: (namespace: string): readonly T[] => {
      const bucket = buckets.get(namespace);
      if (bucket === undefined) return NONE;
      const list = lists.get(namespace) ?? Array.from(bucket.values(), ({ value }) => value);
      lists.set(namespace, list);
      return list;
    },
    namespaces: () => [...buckets.keys()],
    size: () => [...buckets.values()].reduce((sum, bucket) => sum + bucket.size, 0),
    identities: () =>
      [...buckets.values()].flatMap((bucket) => Array.from(bucket.values(), ({ identity }) => identity)),
  };
}

const NONE: readonly never[] = [];

/** At most one version of each object. */
function createVersionMarks() {
  const versions = new Map<string, string>();
  const isMarked = ({ namespace, name, resourceVersion }: ObjectIdentity): boolean =>
    versions.get(storeKey(namespace, name)) === resourceVersion;
  return {
    /** False if this version was marked before. */
    mark: (identity: ObjectIdentity): boolean => {
      const isNew = !isMarked(identity);
      versions.set(storeKey(identity.namespace, identity.name), identity.resourceVersion);
      return isNew;
    },
    clear: (key: string): void => void versions.delete(key),
    /** Takes the mark from an object that has it for another version. */
    clearOther: (identity: ObjectIdentity): void => {
      if (!isMarked(identity)) versions.delete(storeKey(identity.namespace, identity.name));
    },
    retain: (keys: ReadonlySet<string>): void => {
      for (const key of versions.keys()) if (!keys.has(key)) versions.delete(key);
    },
    size: (): number => versions.size,
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
