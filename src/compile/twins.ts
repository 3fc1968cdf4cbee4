// One host that both somebody else and we register in our own namespace. Istio takes the older of the two and, where a Sidecar holds
// a pattern, half of the other, which helps nobody.
import type { LiveServiceEntry } from '../domain/istio.ts';
import type { Snapshot } from '../domain/model.ts';
import { byEach, byKey } from '../domain/order.ts';
import { registryOfEntry, type RegistryHost, type RegistryPort } from '../domain/registry.ts';
import type { Finding } from './answer.ts';
import { allowedOf, type Ports } from './grant.ts';
import type { Inquiry } from './inquiry.ts';
import { isTheirs } from './registry.ts';

/** Source: istio/istio pilot/pkg/model/push_context.go, sortServicesByCreationTime. */
const oldestFirst = byEach<LiveServiceEntry>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

const ourEntryFor = (host: string, { serviceEntries }: Snapshot): LiveServiceEntry | undefined =>
  serviceEntries.find(({ managed, hosts }) => managed && hosts.includes(host));

/**
 * Whether the host is theirs to say: they were there first. One that has addresses goes first whenever it came: merged with ours,
 * which has none, it would take the calls of every other host of its ports.
 */
const goesFirst = (theirs: LiveServiceEntry, ours: LiveServiceEntry): boolean =>
  theirs.addresses.length > 0 || oldestFirst(theirs, ours) < 0;

/** Somebody else's entry through which the host is reached, and beside which ours would be in vain. */
export function rivalOf(host: string, snapshot: Snapshot, inquiry: Inquiry): LiveServiceEntry | undefined {
  const { namespace } = snapshot;
  const theirs = inquiry
    .serviceEntries(namespace, host)
    .filter((entry) => isTheirs(entry, namespace))
    .toSorted(oldestFirst);
  const ours = ourEntryFor(host, snapshot);
  return theirs.find((entry) => ours === undefined || goesFirst(entry, ours));
}

/** Somebody else's entry that came after ours and is unlike it, so that where Istio takes half of it the host is not as we say. */
export function latecomerOn(host: string, snapshot: Snapshot): LiveServiceEntry | undefined {
  const { namespace, serviceEntries } = snapshot;
  return serviceEntries
    .filter((entry) => isTheirs(entry, namespace) && entry.hosts.includes(host))
    .find((entry) =>
      twinsOf(entry, snapshot).some(
        (twin) => twin.host.host === host && twin.shared.length < twin.host.ports.length,
      ),
    );
}

/** What becomes of a host of somebody else's entry of our namespace where ours was there first. */
type Twin = {
  readonly host: RegistryHost;
  readonly ours: LiveServiceEntry;
  /** Ports that ours has too, in the same class. */
  readonly shared: readonly number[];
};

function twinsOf(entry: LiveServiceEntry, snapshot: Snapshot): readonly Twin[] {
  const { namespace, settings } = snapshot;
  if (entry.namespace !== namespace) return [];
  return registryOfEntry(namespace, entry, settings.dnsCapture).flatMap((host): Twin[] => {
    const ours = ourEntryFor(host.host, snapshot);
    if (ours === undefined || goesFirst(entry, ours)) return [];
    const [own] = registryOfEntry(namespace, ours, settings.dnsCapture);
    // With DNS capture each has an address of its own, and clients may dial either.
    const served = own && host.reach === 'name' && own.reach === 'name' ? own.ports : [];
    const shared = host.ports.filter((port) => served.some((each) => isSame(each, port)));
    return [{ host, ours, shared: shared.map(({ number }) => number) }];
  });
}

const isSame = (a: RegistryPort, b: RegistryPort): boolean => a.number === b.number && a.class === b.class;

/** What is to be had of a host of somebody else's entry: not the ports of ours, which are for those who asked for them. */
export function portsBesideOurs(
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  snapshot: Snapshot,
): Ports {
  const twin = twinsOf(entry, snapshot).find((one) => one.host.host === host);
  if (twin === undefined) return ports;
  return ports === 'every' ? twin.shared : twin.shared.filter((port) => ports.includes(port));
}

/** The ports of somebody else's entry that lead nowhere, since ours was there first. */
export function hiddenFindings(
  entry: LiveServiceEntry,
  ports: Ports,
  snapshot: Snapshot,
): readonly Finding[] {
  return twinsOf(entry, snapshot).flatMap(({ host, ours, shared }): Finding[] => {
    const hidden = allowedOf(ports, host).filter(({ number }) => !shared.includes(number));
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
