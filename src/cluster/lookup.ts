// What the compiler asked the cluster for, found or not. A change of any of these is a reason to compile again, so what was read
// and what wakes us cannot drift apart.
import { unreachable } from '../domain/result.ts';

export type Lookup =
  /** The MeshConfig, and the versions of the istiods. */
  | { readonly kind: 'Mesh' }
  /** What of Istio's bears on calls, beside its registry: routing and policies of a namespace. */
  | { readonly kind: 'Configuration'; readonly namespace: string }
  | { readonly kind: 'Namespace'; readonly name: string }
  /** Every Service and ServiceEntry of a namespace. */
  | { readonly kind: 'Contents'; readonly namespace: string }
  | { readonly kind: 'Service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'ServiceEntry'; readonly namespace: string; readonly host: string };

/** One text for one look-up. No two share one, since no part can hold a slash. */
export function lookupKey(lookup: Lookup): string {
  switch (lookup.kind) {
    case 'Mesh':
      return 'Mesh';
    case 'Configuration':
      return `Configuration/${lookup.namespace}`;
    case 'Namespace':
      return `Namespace/${lookup.name}`;
    case 'Contents':
      return `Contents/${lookup.namespace}`;
    case 'Service':
      return `Service/${lookup.namespace}/${lookup.name}`;
    case 'ServiceEntry':
      return `ServiceEntry/${lookup.namespace}/${lookup.host}`;
    default:
      return unreachable(lookup);
  }
}
