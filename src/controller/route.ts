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
  /** Replaces the look-ups of a namespace, which are given by their keys. */
  readonly remember: (namespace: string, keys: readonly string[]) => void;
  readonly dependents: Dependents;
};

/** A look-up that some namespace has made. Most are made by many namespaces, which share its key. */
type Known = { readonly key: string; readonly namespaces: Set<string> };

export function createLookupIndex(): LookupIndex {
  const byNamespace = new Map<string, readonly Known[]>();
  const byKey = new Map<string, Known>();
  function knownOf(key: string): Known {
    const known = byKey.get(key) ?? { key, namespaces: new Set() };
    byKey.set(key, known);
    return known;
  }
  return {
    remember: (namespace, keys) => {
      const before = byNamespace.get(namespace) ?? [];
      if (keys.length === before.length && keys.every((key, index) => key === before[index]?.key)) return;
      const after = new Set(keys.map(knownOf));
      for (const { namespaces } of after) namespaces.add(namespace);
      if (after.size === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, [...after]);
      for (const known of before) {
        if (after.has(known)) continue;
        known.namespaces.delete(namespace);
        if (known.namespaces.size === 0) byKey.delete(known.key);
      }
    },
    dependents: (lookup) => byKey.get(lookupKey(lookup))?.namespaces ?? [],
  };
}
