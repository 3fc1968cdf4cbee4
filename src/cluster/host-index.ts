// An index of ServiceEntries by host, so that a look-up need not read every ServiceEntry of the namespace.
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import { byKey } from '../domain/order.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Store } from './store.ts';

/** Follows the changes of an empty store. The look-up returns entries in order of name. */
export function createHostIndex(store: Store<LiveServiceEntry>): ClusterReader['serviceEntries'] {
  const entries = new Map<string, Map<string, LiveServiceEntry>>();

  function remove({ namespace, name, hosts }: LiveServiceEntry): void {
    for (const host of hosts) {
      const key = keyOf(namespace, host);
      entries.get(key)?.delete(name);
      if (entries.get(key)?.size === 0) entries.delete(key);
    }
  }
  function add(entry: LiveServiceEntry): void {
    for (const host of entry.hosts) {
      const key = keyOf(entry.namespace, host);
      entries.set(key, (entries.get(key) ?? new Map<string, LiveServiceEntry>()).set(entry.name, entry));
    }
  }

  store.subscribe(({ before, after }) => {
    if (before !== undefined) remove(before);
    if (after !== undefined) add(after);
  });
  return (namespace, host) =>
    [...(entries.get(keyOf(namespace, host))?.values() ?? [])].toSorted(byKey(({ name }) => name));
}

const keyOf = (namespace: string, host: string): string => `${namespace}/${host}`;
