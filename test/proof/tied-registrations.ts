// ServiceEntries of one namespace and one age that register the same host. istiod sorts registrations by age, host and namespace, so which of these
// comes first is open: it may differ between two computations of one mesh. Source: SortServicesByCreationTime in pilot/pkg/model/push_context.go.
import type { KubeObject } from '../support/cluster.ts';

/** The objects once for each tied ServiceEntry, in which this one is a second older, so it comes first. Empty if no two are tied. */
export function withoutTies(objects: readonly KubeObject[]): readonly (readonly KubeObject[])[] {
  const entries = objects.filter(({ kind }) => kind === 'ServiceEntry');
  return entries
    .filter((entry) => entries.some((other) => other !== entry && isTied(entry, other)))
    .map((first) => objects.map((object) => (object === first ? aSecondOlder(object) : object)));
}

const isTied = (one: KubeObject, other: KubeObject): boolean =>
  one.metadata.namespace === other.metadata.namespace &&
  one.metadata.creationTimestamp === other.metadata.creationTimestamp &&
  hostsOf(one).some((host) => hostsOf(other).includes(host));

const hostsOf = (entry: KubeObject): readonly string[] =>
  (entry['spec'] as { readonly hosts?: readonly string[] | null } | undefined)?.hosts ?? [];

function aSecondOlder(object: KubeObject): KubeObject {
  const created = Date.parse(object.metadata.creationTimestamp ?? '');
  if (Number.isNaN(created)) return object;
  const creationTimestamp = new Date(created - 1000).toISOString().replace('.000', '');
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
}
