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
  const byNamespace = new Map<string, ReadonlySet<string>>();
  const byLookup = new Map<string, Set<string>>();
  return {
    remember: (namespace, lookups) => {
      const before = byNamespace.get(namespace) ?? new Set();
      const after = new Set(lookups.map(lookupKey));
      for (const key of before.difference(after)) {
        byLookup.get(key)?.delete(namespace);
        if (byLookup.get(key)?.size === 0) byLookup.delete(key);
      }
      for (const key of after.difference(before))
        byLookup.set(key, (byLookup.get(key) ?? new Set()).add(namespace));
      if (after.size === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, after);
    },
    dependents: (lookup) => byLookup.get(lookupKey(lookup)) ?? [],
  };
}
