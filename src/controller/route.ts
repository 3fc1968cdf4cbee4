// Which namespaces a change affects. Pure, except for the index of the look-ups of each namespace.
import type { Affected } from '../cluster/kind.ts';
import { lookupKey, type Lookup } from '../cluster/lookup.ts';

/** The namespaces whose last compilation made the look-up, whether it found anything or not. */
type Dependents = (lookup: Lookup) => Iterable<string>;

export const namespacesToReconcile = (
  { namespace, lookups }: Affected,
  dependents: Dependents,
): ReadonlySet<string> =>
  new Set([
    ...(namespace === undefined ? [] : [namespace]),
    ...lookups.flatMap((lookup) => [...dependents(lookup)]),
  ]);

export type LookupIndex = {
  /** Replaces the look-ups of a namespace. */
  readonly remember: (namespace: string, lookups: readonly Lookup[]) => void;
  readonly dependents: Dependents;
};

export function createLookupIndex(): LookupIndex {
  const byNamespace = new Map<string, ReadonlyMap<Lookup, string>>();
  const byLookup = new Map<string, Set<string>>();
  function forget(namespace: string, key: string): void {
    byLookup.get(key)?.delete(namespace);
    if (byLookup.get(key)?.size === 0) byLookup.delete(key);
  }
  return {
    remember: (namespace, lookups) => {
      const before = byNamespace.get(namespace) ?? new Map<Lookup, string>();
      // Most look-ups are the very ones of the run before.
      const after = new Map(lookups.map((lookup) => [lookup, before.get(lookup) ?? lookupKey(lookup)]));
      if (after.size === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, after);
      if (after.size === before.size && lookups.every((lookup) => before.has(lookup))) return;
      const keys = new Set(after.values());
      for (const key of before.values()) if (!keys.has(key)) forget(namespace, key);
      for (const key of keys) byLookup.set(key, (byLookup.get(key) ?? new Set()).add(namespace));
    },
    dependents: (lookup) => byLookup.get(lookupKey(lookup)) ?? [],
  };
}
