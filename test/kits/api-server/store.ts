// The storage: tables of objects under one count of versions, the history of their changes, and who listens to it.
// Knows nothing of kinds, schemas or HTTP.
import type { JsonObject } from './json.ts';
import { withMetadata, type KubeObject } from './kube-object.ts';
import { firstIndex } from './sorted.ts';

/** An object as it was written at a version. `text` is its JSON without `kind` and `apiVersion`, for every reader. */
export type Revision = {
  readonly key: string;
  readonly object: KubeObject;
  readonly version: number;
  readonly text: string;
};

export type Change = {
  readonly table: string;
  readonly version: number;
  readonly before?: Revision;
  readonly after?: Revision;
  /** What was deleted, at the version of its deletion; only where `after` is absent. */
  readonly last?: Revision;
};

export type Store = {
  /** The version of the latest change, of any table. */
  readonly version: () => number;
  /** The version of the table's latest change. */
  readonly versionOf: (table: string) => number;
  readonly get: (table: string, key: string) => Revision | undefined;
  /** The objects in the order of their keys, at a version or now; `undefined` where that is forgotten. */
  readonly list: (table: string, version?: number) => readonly Revision[] | undefined;
  /** The changes after a version, oldest first; `undefined` where some are forgotten. */
  readonly since: (table: string, version: number) => readonly Change[] | undefined;
  /** The oldest version from which the changes of the table are still known. */
  readonly oldest: (table: string) => number;
  readonly put: (table: string, key: string, object: KubeObject) => Revision;
  readonly remove: (table: string, key: string) => Revision | undefined;
  /** Starts the table's history now: nothing older can be asked of it. */
  readonly forget: (table: string) => void;
  /** Forgets the history of every table. */
  readonly compact: () => void;
  /** Calls back for each change, as part of the write. Returns how to stop it. */
  readonly subscribe: (listener: (change: Change) => void) => () => void;
};

type Table = {
  readonly revisions: Map<string, Revision>;
  /** The keys in order, kept so at every write, since lists are read far more often than keys come and go. */
  readonly keys: string[];
  changes: Change[];
  oldest: number;
  latest: number;
  /** The last list of the past, for the next page of it. */
  past?: { readonly version: number; readonly revisions: readonly Revision[] };
};

/** `historyLimit`: how many changes a table remembers at least; it forgets the oldest beyond twice as many. */
export function createStore({ historyLimit = 20_000 }: { readonly historyLimit?: number } = {}): Store {
  const tables = new Map<string, Table>();
  const listeners = new Set<(change: Change) => void>();
  let version = 1;

  const tableOf = (name: string): Table => {
    const table = tables.get(name) ?? openTable(version);
    tables.set(name, table);
    return table;
  };
  const record = (table: Table, change: Change): void => {
    remember(table, change, historyLimit);
    for (const listener of listeners) listener(change);
  };

  return {
    version: () => version,
    versionOf: (name) => tableOf(name).latest,
    get: (name, key) => tableOf(name).revisions.get(key),
    list: (name, at) => listAt(tableOf(name), at),
    since: (name, from) => changesSince(tableOf(name), from),
    oldest: (name) => tableOf(name).oldest,
    put: (name, key, object) => {
      const table = tableOf(name);
      version += 1;
      const after = revise(key, object, version);
      const before = enter(table, after);
      record(table, { table: name, version, after, ...(before === undefined ? {} : { before }) });
      return after;
    },
    remove: (name, key) => {
      const table = tableOf(name);
      const before = erase(table, key);
      if (before === undefined) return undefined;
      version += 1;
      const last = revise(key, before.object, version);
      record(table, { table: name, version, before, last });
      return last;
    },
    forget: (name) => forgetHistory(tableOf(name), version),
    compact: () => tables.forEach((table) => forgetHistory(table, version)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function openTable(version: number): Table {
  return { revisions: new Map(), keys: [], changes: [], oldest: version, latest: version };
}

/** Enters a revision; gives the one that it replaces. */
function enter({ revisions, keys }: Table, revision: Revision): Revision | undefined {
  const { key } = revision;
  const before = revisions.get(key);
  if (before === undefined) keys.splice(position(keys, key), 0, key);
  revisions.set(key, revision);
  return before;
}

function erase({ revisions, keys }: Table, key: string): Revision | undefined {
  const before = revisions.get(key);
  if (before === undefined) return undefined;
  keys.splice(position(keys, key), 1);
  revisions.delete(key);
  return before;
}

function remember(table: Table, change: Change, limit: number): void {
  table.changes.push(change);
  table.latest = change.version;
  if (table.changes.length <= 2 * limit) return;
  const dropped = table.changes.splice(0, table.changes.length - limit);
  table.oldest = dropped.at(-1)?.version ?? table.oldest;
}

function forgetHistory(table: Table, version: number): void {
  table.changes = [];
  table.oldest = version;
}

function changesSince({ changes, oldest }: Table, from: number): readonly Change[] | undefined {
  return from < oldest ? undefined : changes.slice(positionAfter(changes, from));
}

function revise(key: string, object: KubeObject, version: number): Revision {
  const versioned = withMetadata(object, { resourceVersion: String(version) });
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = versioned;
  return { key, object: versioned, version, text: JSON.stringify(rest satisfies JsonObject) };
}

function listAt(table: Table, version: number = table.latest): readonly Revision[] | undefined {
  if (version >= table.latest) return table.keys.flatMap((key) => table.revisions.get(key) ?? []);
  if (version < table.oldest) return undefined;
  if (table.past?.version === version) return table.past.revisions;
  const revisions = new Map(table.revisions);
  for (const { before, after, last } of table.changes
    .slice(positionAfter(table.changes, version))
    .toReversed()) {
    if (before !== undefined) revisions.set(before.key, before);
    else revisions.delete((after ?? last)?.key ?? '');
  }
  const sorted = [...revisions.values()].toSorted((left, right) => (left.key < right.key ? -1 : 1));
  table.past = { version, revisions: sorted };
  return sorted;
}

/** Where a key stands, or would stand, in the ordered keys. */
function position(keys: readonly string[], key: string): number {
  return firstIndex(keys.length, (index) => (keys[index] ?? '') >= key);
}

function positionAfter(changes: readonly Change[], version: number): number {
  return firstIndex(changes.length, (index) => (changes[index]?.version ?? 0) > version);
}
