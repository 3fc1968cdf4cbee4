// Whose routes and registrations decide how a granted call travels. Any namespace can export a VirtualService or a ServiceEntry for any host to
// the whole mesh, so only those count whose owner may decide about the call: the caller, the namespace of the called host, and the platform.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { rootNamespacesOf } from '../../domain/istio/visibility.ts';

/** The namespaces that are followed for every host: the caller's own, the root namespaces and the trusted ones. Each once. */
export const followedNamespaces = ({ namespace, mesh, settings }: Snapshot): readonly string[] => [
  ...new Set([namespace, ...rootNamespacesOf(mesh), ...settings.trustedNamespaces]),
];
