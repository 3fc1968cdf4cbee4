// Finds the ServiceEntries of a namespace that name a host, without looking at the others.
import type { ClusterReader } from './cluster-reader.ts';
import { byKey } from '../domain/order.ts';
import type { Store } from './store.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';

/** Follows a store from now on; the answer is in order of name. */
export function createHostIndex(store: Store<LiveServiceEntry>): ClusterReader['serviceEntries'] {
  const entries = new Map<string, Map<string, LiveServiceEntry>>();

  function forget({ namespace, name, hosts }: LiveServiceEntry): void {
    for (const host of hosts) {
      const key = keyOf(namespace, host);
      entries.get(key)?.delete(name);
      if (entries.get(key)?.size === 0) entries.delete(key);
    }
  }
  function file(entry: LiveServiceEntry): void {
    for (const host of entry.hosts) {
      const key = keyOf(entry.namespace, host);
      entries.set(key, (entries.get(key) ?? new Map<string, LiveServiceEntry>()).set(entry.name, entry));
    }
  }

  store.subscribe(({ before, after }) => {
    if (before !== undefined) forget(before);
    if (after !== undefined) file(after);
  });
  return (namespace, host) =>
    [...(entries.get(keyOf(namespace, host))?.values() ?? [])].toSorted(byKey(({ name }) => name));
}

const keyOf = (namespace: string, host: string): string => `${namespace}/${host}`;
