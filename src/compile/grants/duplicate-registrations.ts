// One host that both somebody else and we register in our own namespace. Istio takes the older of the two and, where a Sidecar holds
// a pattern, half of the other, which helps nobody.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { byEach, byKey } from '../../domain/order.ts';
import { isLike, registryOfEntry, type RegistryHost } from '../../domain/istio/registered-host.ts';
import type { Finding } from './resolution.ts';
import { allowedOf, type Ports } from './grant.ts';
import type { Inquiry } from '../../cluster/lookup-recorder.ts';
import { isTheirs } from '../mesh/service-registry.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

/** Source: istio/istio pilot/pkg/model/push_context.go, sortServicesByCreationTime. */
const oldestFirst = byEach<LiveServiceEntry>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

/** The entries of our namespace for one host: ours, and those of others in order of name. */
type Standing = {
  readonly ours: LiveServiceEntry | undefined;
  readonly theirs: readonly LiveServiceEntry[];
};

function standingFor(host: string, snapshot: Snapshot, inquiry: Inquiry): Standing {
  const entries = inquiry.serviceEntries(snapshot.namespace, host);
  return {
    ours: entries.find(({ managed }) => managed),
    theirs: entries.filter((entry) => isTheirs(entry, snapshot)),
  };
}

/**
 * Whether the host is theirs to say: they were there first. One that has addresses goes first whenever it came: merged with ours,
 * which has none, it would take the calls of every other host of its ports.
 */
const goesFirst = (theirs: LiveServiceEntry, ours: LiveServiceEntry): boolean =>
  theirs.addresses.length > 0 || oldestFirst(theirs, ours) < 0;

/** Somebody else's entry through which the host is reached, and beside which ours would be in vain. */
export function rivalOf(host: string, snapshot: Snapshot, inquiry: Inquiry): LiveServiceEntry | undefined {
  const { ours, theirs } = standingFor(host, snapshot, inquiry);
  return theirs.toSorted(oldestFirst).find((entry) => ours === undefined || goesFirst(entry, ours));
}

/** Somebody else's entry that came after ours and is unlike it, so that where Istio takes half of it the host is not as we say. */
export function latecomerOn(
  host: string,
  snapshot: Snapshot,
  inquiry: Inquiry,
): LiveServiceEntry | undefined {
  const { namespace, settings } = snapshot;
  const { ours, theirs } = standingFor(host, snapshot, inquiry);
  if (ours === undefined || theirs.length === 0) return undefined;
  const [own] = registryOfEntry(namespace, ours, settings.dnsCapture);
  return theirs.find((entry) =>
    registryOfEntry(namespace, entry, settings.dnsCapture).some(
      (known) => known.host === host && !known.ports.every((port) => own?.ports.some(isLike(port))),
    ),
  );
}

/** Hosts of somebody else's entry of our namespace where ours was there first, each with ours. */
function hiddenHosts(
  entry: LiveServiceEntry,
  snapshot: Snapshot,
  inquiry: Inquiry,
): readonly { readonly host: RegistryHost; readonly ours: LiveServiceEntry }[] {
  const { namespace, settings } = snapshot;
  if (entry.namespace !== namespace) return [];
  return registryOfEntry(namespace, entry, settings.dnsCapture).flatMap((host) => {
    const { ours } = standingFor(host.host, snapshot, inquiry);
    return ours === undefined || goesFirst(entry, ours) ? [] : [{ host, ours }];
  });
}

/**
 * What is to be had of a host of somebody else's entry: nothing where it is ours, whose ports are for those who asked for them. Which
 * ports ours has at the moment is no matter: what we write must not depend on what we wrote.
 */
export function portsBesideOurs(
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  snapshot: Snapshot,
  inquiry: Inquiry,
): Ports {
  return hiddenHosts(entry, snapshot, inquiry).some((one) => one.host.host === host) ? [] : ports;
}

/** The ports of somebody else's entry that are not to be had, since ours was there first. */
export function hiddenFindings(
  entry: LiveServiceEntry,
  ports: Ports,
  snapshot: Snapshot,
  inquiry: Inquiry,
): readonly Finding[] {
  return hiddenHosts(entry, snapshot, inquiry).flatMap(({ host, ours }): Finding[] => {
    const hidden = allowedOf(ports, host);
    if (hidden.length === 0) return [];
    return [
      {
        code: 'ServiceEntryHidden',
        host: host.host,
        serviceEntry: `${entry.namespace}/${entry.name}`,
        by: `${ours.namespace}/${ours.name}`,
        ports: hidden.map(({ number }) => number),
      },
    ];
  });
}
