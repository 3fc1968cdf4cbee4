// Whose routes and registrations decide how a granted call travels. Any namespace can export a VirtualService or a ServiceEntry for any host to
// the whole mesh, so only those count whose owner may decide about the call: the caller, the namespace of the called host, and the platform.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { partsOf } from '../../domain/istio/egress-host.ts';
import { rootNamespacesOf } from '../../domain/istio/visibility.ts';

/** The namespaces that are followed for every host: the caller's own, the root namespaces and the trusted ones. Each once. */
export const followedNamespaces = ({ namespace, mesh, settings }: Snapshot): readonly string[] => [
  ...new Set([namespace, ...rootNamespacesOf(mesh), ...settings.trustedNamespaces]),
];

/** A host as a Sidecar lists it, and whom it concerns. */
export type ListedHost = {
  readonly host: string;
  /** The namespaces that the entries name which grant a port of it: another registration of the host may answer, or an alias lead to it. */
  readonly named: readonly string[];
};

/** True if routes of the namespace are followed for calls to the host: also those of its owner, and of whom an entry names for it. */
export const isFollowedFor = (namespace: string, { host, named }: ListedHost, snapshot: Snapshot): boolean =>
  followedNamespaces(snapshot).includes(namespace) ||
  partsOf(host).namespace === namespace ||
  named.includes(namespace);
