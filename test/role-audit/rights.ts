// The rights that the manifests grant to the controller, one by one.
import type { KubeObject } from '../support/cluster.ts';

/** One verb on one resource. */
export type Right = {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** With its subresource: `egressintents/status`. */
  readonly resource: string;
  /** Only in this namespace. Absent: in all of them. */
  readonly namespace?: string;
  /** Only the object of this name. Absent: all of them. */
  readonly name?: string;
};

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
};

/** Of all roles among the manifests. A wildcard counts as a name of its own, which no request has. */
export function rightsOf(manifests: readonly KubeObject[]): readonly Right[] {
  const roles = manifests.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
  return roles.flatMap(({ metadata, rules }) =>
    (rules as readonly Rule[]).flatMap(({ apiGroups, resources, verbs, resourceNames = [undefined] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            resourceNames.map((name) => ({
              verb,
              group,
              resource,
              ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
              ...(name === undefined ? {} : { name }),
            })),
          ),
        ),
      ),
    ),
  );
}

/** As in a sentence: `get leases.coordination.k8s.io egress-intent in namespace egress-intent`. */
export function textOf({ verb, group, resource, namespace, name }: Right): string {
  const [plural = '', subresource] = resource.split('/');
  const title = `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return [
    `${verb} ${title}`,
    ...(name === undefined ? [] : [name]),
    ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
  ].join(' ');
}
