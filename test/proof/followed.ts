// Whose routing and registrations a granted call follows, by the documented rule: those of the caller's namespace, of the provider's, of the
// root namespace and of the trusted ones. Written from that rule; must not use the compiler.
import type { KubeObject } from '../support/cluster.ts';

export const ROOT_NAMESPACE = 'istio-system';

export type Following = {
  readonly caller: string;
  readonly trusted: readonly string[];
  /** The namespaces of the granted host, and of the alias by which it is called. */
  readonly providers: readonly string[];
};

/** Kinds that anybody may write about the hosts of others. A VirtualService without hosts is a delegate, which only a followed one calls. */
export const ABOUT_OTHERS: ReadonlySet<string> = new Set([
  'VirtualService',
  'ServiceEntry',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'TLSRoute',
]);

/** The namespaces whose routing and registrations are followed. */
export const followedNamespaces = ({ caller, trusted, providers }: Following): ReadonlySet<string> =>
  new Set([caller, ROOT_NAMESPACE, ...trusted, ...providers]);

/** The mesh as the calls to these providers should see it: without the routing and registrations that are not followed. */
export function followedObjects(objects: readonly KubeObject[], following: Following): readonly KubeObject[] {
  const namespaces = followedNamespaces(following);
  return objects.filter(
    (object) =>
      !ABOUT_OTHERS.has(object.kind) || isDelegate(object) || namespaces.has(object.metadata.namespace ?? ''),
  );
}

function isDelegate(object: KubeObject): boolean {
  const spec = object['spec'] as { readonly hosts?: readonly string[] | null } | undefined;
  return object.kind === 'VirtualService' && (spec?.hosts ?? []).length === 0;
}
