// Which namespaces must be looked at again after a change. Pure, but for the memory of who asked for what.
import type { Service } from '../domain/kinds/service.ts';
import { lookupKey, type Lookup } from '../cluster/lookup.ts';
import { istiodOf } from '../domain/kinds/mesh-config.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';

/** One object of a change, before or after it. */
export type ChangedObject =
  | {
      readonly kind: 'EgressIntent' | 'Sidecar' | 'Configuration';
      readonly object: { readonly namespace: string };
    }
  | { readonly kind: 'Pod'; readonly object: Pod }
  | { readonly kind: 'Mesh' }
  | { readonly kind: 'Service'; readonly object: Pick<Service, 'namespace' | 'name'> }
  | { readonly kind: 'ServiceEntry'; readonly object: Pick<LiveServiceEntry, 'namespace' | 'hosts'> }
  | { readonly kind: 'Namespace'; readonly object: { readonly name: string } };

/** The namespaces whose last compilation asked for something, found or not. */
type Dependents = (lookup: Lookup) => Iterable<string>;

/** A namespace's own objects bear on it always; anything else only on those that asked for it by name. */
export function namespacesToReconcile(touched: ChangedObject, askers: Dependents): ReadonlySet<string> {
  switch (touched.kind) {
    case 'Mesh':
      return new Set(askers({ kind: 'Mesh' }));
    case 'Configuration': {
      const { namespace } = touched.object;
      return new Set(askers({ kind: 'Configuration', namespace }));
    }
    case 'Pod': {
      const isIstiod = istiodOf(touched.object) !== undefined;
      return new Set([touched.object.namespace, ...(isIstiod ? askers({ kind: 'Mesh' }) : [])]);
    }
    case 'Namespace':
      return new Set(askers({ kind: 'Namespace', name: touched.object.name }));
    case 'Service': {
      const { namespace, name } = touched.object;
      const lookups: readonly Lookup[] = [
        { kind: 'Service', namespace, name },
        { kind: 'Contents', namespace },
      ];
      return new Set(lookups.flatMap((lookup) => [...askers(lookup)]));
    }
    case 'ServiceEntry': {
      const { namespace, hosts } = touched.object;
      const lookups: readonly Lookup[] = [
        ...hosts.map((host): Lookup => ({ kind: 'ServiceEntry', namespace, host })),
        { kind: 'Contents', namespace },
      ];
      return new Set([namespace, ...lookups.flatMap((lookup) => [...askers(lookup)])]);
    }
    default:
      return new Set([touched.object.namespace]);
  }
}

export type LookupIndex = {
  /** Replaces what a namespace asked for. */
  readonly remember: (namespace: string, lookups: readonly Lookup[]) => void;
  readonly dependents: Dependents;
};

export function createLookupIndex(): LookupIndex {
  const asked = new Map<string, ReadonlySet<string>>();
  const askers = new Map<string, Set<string>>();
  return {
    remember: (namespace, lookups) => {
      const before = asked.get(namespace) ?? new Set();
      const after = new Set(lookups.map(lookupKey));
      for (const key of before.difference(after)) {
        askers.get(key)?.delete(namespace);
        if (askers.get(key)?.size === 0) askers.delete(key);
      }
      for (const key of after.difference(before))
        askers.set(key, (askers.get(key) ?? new Set()).add(namespace));
      if (after.size === 0) asked.delete(namespace);
      else asked.set(namespace, after);
    },
    dependents: (lookup) => askers.get(lookupKey(lookup)) ?? [],
  };
}
