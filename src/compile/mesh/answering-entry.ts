// Which of several ServiceEntries for one host answers the calls of a namespace while no Sidecar is there. Source: istio/istio
// pilot/pkg/model/sidecar.go, selectServices; pilot/pkg/model/push_context.go, servicesExportedToNamespace and SortServicesByCreationTime.
import type { Snapshot } from '../../cluster/snapshot.ts';
import {
  covers,
  egressHost,
  isWildcardName,
  lookupNames,
  wildcardsAbove,
} from '../../domain/istio/egress-host.ts';
import { isReadByAll } from '../../domain/istio/revision.ts';
import { exportToByDefault } from '../../domain/istio/visibility.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { byEach, byKey, byNumber } from '../../domain/order.ts';
import { isVisibleForeign, type MeshView } from './service-registry.ts';

const byAge = byEach<LiveServiceEntry>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ namespace }) => namespace),
  byKey(({ name }) => name),
);

/** Of the own namespace first, then those that are exported to some namespaces only, then the oldest. */
function inOrderOfAnswer({
  namespace,
  mesh,
}: Snapshot): (a: LiveServiceEntry, b: LiveServiceEntry) => number {
  return byEach<LiveServiceEntry>(
    byNumber((entry) => (entry.namespace === namespace ? 0 : 1)),
    byNumber((entry) => (isPublic(entry, mesh) ? 1 : 0)),
    byAge,
  );
}

const isPublic = ({ exportTo }: LiveServiceEntry, mesh: Snapshot['mesh']): boolean =>
  (exportTo.length === 0 ? exportToByDefault(mesh, 'Service') : exportTo).includes('*');

/** Every ServiceEntry that has the very host, in order of namespace and name. */
const entriesFor = (host: string, { cluster }: Snapshot): readonly LiveServiceEntry[] =>
  cluster.serviceEntriesAnywhere(host).filter(({ hosts }) => hosts.includes(host));

/**
 * Every foreign ServiceEntry for a host that the namespace can see, the one that answers first. One that an istiod may pass over, because of its
 * revision, answers nothing.
 */
export const entriesInOrderOfAnswer = (host: string, snapshot: Snapshot): readonly LiveServiceEntry[] =>
  entriesFor(host, snapshot)
    .filter((entry) => isVisibleForeign(entry, snapshot) && isReadByAll(entry.labels, snapshot.mesh))
    .toSorted(inOrderOfAnswer(snapshot));

/** The wildcards above a host that ServiceEntries register, those of a part of a label too (`*-api.example.com`). The narrowest first. */
export function registeredWildcardsAbove(host: string, { cluster }: Snapshot): readonly string[] {
  const entries = [...wildcardsAbove(host), '*'].flatMap(cluster.serviceEntriesAnywhere);
  const wildcards = entries.flatMap(({ hosts }) =>
    hosts.filter((each) => isWildcardName(each) && each !== host && covers(each, host)),
  );
  return [...new Set(wildcards)].toSorted(byNumber(({ length }) => -length));
}

/** The names below a wildcard, without itself, that ServiceEntries register: each once, and none for a name that is no wildcard. */
export function registeredNamesBelow(wildcard: string, { cluster }: Snapshot): readonly string[] {
  if (!isWildcardName(wildcard)) return [];
  const entries = lookupNames(wildcard).flatMap(cluster.serviceEntriesBelow);
  const names = entries.flatMap(({ hosts }) =>
    hosts.filter((each) => each !== wildcard && covers(wildcard, each)),
  );
  return [...new Set(names)];
}

/** The place of a namespace among those that register a host with ServiceEntries, the one that answers first at 0; -1 for one that does not. */
export const answerOrder =
  (snapshot: Snapshot) =>
  (host: string, namespace: string): number =>
    entriesInOrderOfAnswer(host, snapshot).findIndex((entry) => entry.namespace === namespace);

/** The foreign ServiceEntries for a host that the namespace can see, and that some istiods read and others may not. */
export const entriesOfSomeRevisions = (host: string, snapshot: Snapshot): readonly LiveServiceEntry[] =>
  entriesFor(host, snapshot).filter(
    (entry) => isVisibleForeign(entry, snapshot) && !isReadByAll(entry.labels, snapshot.mesh),
  );

/**
 * Those that Istio finds where it looks a host up by its name alone, as for the end of a route: of each namespace the oldest, even one that the caller may not
 * see. The oldest namespace first. Source: istio/istio pilot/pkg/model/push_context.go, initServiceRegistry.
 */
export function entriesFoundByName(host: string, snapshot: Snapshot): readonly LiveServiceEntry[] {
  const entries = entriesFor(host, snapshot).filter(({ labels }) => isReadByAll(labels, snapshot.mesh));
  const namespaces = new Set<string>();
  return entries.toSorted(byAge).filter(({ namespace }) => {
    const isFirst = !namespaces.has(namespace);
    namespaces.add(namespace);
    return isFirst;
  });
}

/**
 * True if the registration of one namespace is used although a Sidecar lists the host under another one too. Where a listener names exact hosts
 * only, Istio goes by age alone, so the registration must be first in both orders.
 */
export function answersBefore(host: string, namespace: string, other: string, snapshot: Snapshot): boolean {
  const entries = entriesInOrderOfAnswer(host, snapshot);
  const isFirst = (order: readonly LiveServiceEntry[]): boolean =>
    order.find((entry) => entry.namespace === namespace || entry.namespace === other)?.namespace ===
    namespace;
  return isFirst(entries) && isFirst(entries.toSorted(byAge));
}

/**
 * True if of the registrations of a host in these namespaces the oldest is the first in order of answer. A namespace that registers no such host, but is
 * listed for its routes, does not count. The own namespace's registration is the first in any order.
 */
export function isAnsweredByAge(
  host: string,
  namespaces: readonly string[],
  { snapshot, registry }: MeshView,
): boolean {
  if (namespaces.length < 2) return true;
  const { namespace: own } = snapshot;
  const entries = entriesInOrderOfAnswer(host, snapshot).filter(({ namespace }) =>
    namespaces.includes(namespace),
  );
  const isOurs = registry(egressHost({ namespace: own, host })).some(({ managed }) => managed);
  if (namespaces.includes(own) && (isOurs || entries[0]?.namespace === own)) return true;
  return entries[0] === entries.toSorted(byAge)[0];
}
