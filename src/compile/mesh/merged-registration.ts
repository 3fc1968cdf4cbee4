// A host as all ServiceEntries of a namespace register it together. Istio merges their ports where they agree on everything else; of any other
// ServiceEntry the host gets no further port. Source: istio/istio pilot/pkg/model/sidecar.go, appendSidecarServices and canMergeServices.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { hostOfServiceEntry, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { labelsKey } from '../../domain/labels.ts';
import { byNumber, sortedSet } from '../../domain/order.ts';
import { isVisibleForeign } from './service-registry.ts';

/** As the ServiceEntry registers the host, with the ports that others of its namespace add. */
export function registeredBy(
  entry: LiveServiceEntry,
  host: string,
  snapshot: Snapshot,
): RegisteredHost | undefined {
  const hostOf = (each: LiveServiceEntry): RegisteredHost | undefined =>
    hostOfServiceEntry(each.namespace, each, host, snapshot.settings.dnsCapture);
  const own = hostOf(entry);
  if (own === undefined || entry.managed) return own;
  const others = snapshot.cluster
    .serviceEntries(entry.namespace, host)
    .filter((each) => each.name !== entry.name && isVisibleForeign(each, snapshot) && areMerged(entry, each));
  if (others.length === 0) return own;
  const ports = [...others.flatMap((each) => hostOf(each)?.ports ?? []), ...own.ports];
  const byPort = new Map(ports.map((port) => [port.number, port]));
  return { ...own, ports: [...byPort.values()].toSorted(byNumber(({ number }) => number)) };
}

const areMerged = (a: LiveServiceEntry, b: LiveServiceEntry): boolean =>
  a.resolution === b.resolution &&
  sortedSet(a.exportTo).join() === sortedSet(b.exportTo).join() &&
  labelsKey(a.labels) === labelsKey(b.labels);
