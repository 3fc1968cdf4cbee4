// The storage: a table of objects for each resource, one count of versions, and the history of all changes.
import { expired, type Failure } from './failure.ts';
import { withMetadata, type KubeObject } from './kube-object.ts';
import type { Resource } from './resource.ts';

export type Change = {
  readonly table: string;
  readonly version: number;
  readonly before?: KubeObject;
  /** Absent for a deletion. */
  readonly after?: KubeObject;
};

export type Store = ReturnType<typeof createStore>;

export type Place = { readonly resource: Resource; readonly namespace: string | undefined };

/** The name of the table that holds the objects of a resource. */
export function tableOf({ group, plural }: Pick<Resource, 'group' | 'plural'>): string {
  return `${plural}.${group}`;
}

/** One closure over the tables, the history and their version, which every operation reads or writes. */
export function createStore() {
  const tables = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(change: Change) => void>();
  const pages = new Map<string, { readonly version: string; readonly objects: readonly KubeObject[] }>();
  let history: Change[] = [];
  let oldest = 0;
  let version = 1;

  const objectsOf = (table: string): Map<string, KubeObject> => {
    const objects = tables.get(table) ?? new Map<string, KubeObject>();
    tables.set(table, objects);
    return objects;
  };
  const record = (change: Change): void => {
    history.push(change);
    for (const listener of listeners) listener(change);
  };

  return {
    /** The version of the latest change. */
    version: (): number => version,

    get: ({ resource, namespace }: Place, name: string): KubeObject | undefined =>
      objectsOf(tableOf(resource)).get(keyOf(namespace, name)),

    /** The objects of one namespace, or of all, in the order of the real server. */
    list: ({ resource, namespace }: Place): readonly KubeObject[] =>
      [...objectsOf(tableOf(resource))]
        .filter(([, { metadata }]) => namespace === undefined || metadata.namespace === namespace)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([, object]) => object),

    /** The changes of a table after a version, oldest first; 410 where some are forgotten. */
    since: (table: string, from: number): readonly Change[] | Failure =>
      from < oldest
        ? expired(`too old resource version: ${from} (${oldest})`)
        : history.filter((change) => change.table === table && change.version > from),

    /** Writes an object under the next version. */
    put: ({ resource, namespace }: Place, object: KubeObject): KubeObject => {
      const table = tableOf(resource);
      const key = keyOf(namespace, object.metadata.name);
      const before = objectsOf(table).get(key);
      version += 1;
      const after = withMetadata(object, { resourceVersion: String(version) });
      objectsOf(table).set(key, after);
      record({ table, version, after, ...(before === undefined ? {} : { before }) });
      return after;
    },

    remove: ({ resource, namespace }: Place, name: string): void => {
      const table = tableOf(resource);
      const before = objectsOf(table).get(keyOf(namespace, name));
      if (before === undefined) return;
      objectsOf(table).delete(keyOf(namespace, name));
      version += 1;
      record({ table, version, before });
    },

    /** The remaining objects of a list, kept under the token of its next page until the history is forgotten. */
    pages,

    /** Forgets all history. */
    compact: (): void => {
      history = [];
      pages.clear();
      oldest = version;
    },

    /** Calls the listener within each write. Returns a function that stops this. */
    subscribe: (listener: (change: Change) => void): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Keys sort as those of the real server's storage. */
function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
