// A look-up that the compiler made in the cluster. A change of its answer is a reason to compile the namespace again.
import { unreachable } from '../domain/result.ts';

export type AnywhereKind =
  | 'ServiceEntryAnywhere'
  | 'ServiceEntryBelow'
  | 'VirtualServiceAnywhere'
  | 'VirtualServiceBelow'
  /** By the parent of a route instead of a host. */
  | 'GatewayRoutesOf';

export type Lookup =
  /** The MeshConfig, the versions of the istiods, and the definition of EgressIntent. */
  | { readonly kind: 'Mesh' }
  /** The Istio objects of a namespace that affect calls without registering a host: routes and policies. */
  | { readonly kind: 'IstioConfig'; readonly namespace: string }
  | { readonly kind: 'Namespace'; readonly name: string }
  /** Every Service and ServiceEntry of a namespace. */
  | { readonly kind: 'Registrations'; readonly namespace: string }
  /** The objects of any namespace with a host of which this is a look-up name (`lookupNames`), or, `Below`, with a host below this wildcard. */
  | { readonly kind: AnywhereKind; readonly host: string }
  /** The Services with a ClusterIP in this block (`blockOf`). */
  | { readonly kind: 'ClusterIps'; readonly block: string }
  | { readonly kind: 'Service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'ServiceEntry'; readonly namespace: string; readonly host: string };

/** A text that identifies the look-up, as it is remembered. No two share one, since only the last part can contain a slash. */
export function lookupKey(lookup: Lookup): string {
  switch (lookup.kind) {
    case 'Mesh':
      return 'Mesh';
    case 'IstioConfig':
    case 'Registrations':
      return `${lookup.kind}/${lookup.namespace}`;
    case 'ServiceEntryAnywhere':
    case 'ServiceEntryBelow':
    case 'VirtualServiceAnywhere':
    case 'VirtualServiceBelow':
    case 'GatewayRoutesOf':
      return `${lookup.kind}/${lookup.host}`;
    case 'ClusterIps':
      return `ClusterIps/${lookup.block}`;
    case 'Namespace':
      return `Namespace/${lookup.name}`;
    case 'Service':
      return `Service/${lookup.namespace}/${lookup.name}`;
    case 'ServiceEntry':
      return `ServiceEntry/${lookup.namespace}/${lookup.host}`;
    default:
      return unreachable(lookup);
  }
}
