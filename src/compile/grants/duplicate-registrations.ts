// One host that both a managed and a foreign ServiceEntry of the namespace register. Istio uses the older of the two and, where a Sidecar
// lists a wildcard, parts of both.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { hostOfServiceEntry, isSamePort, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { isReadByAll } from '../../domain/istio/revision.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { byEach, byKey } from '../../domain/order.ts';
import { isVisibleForeign } from '../mesh/service-registry.ts';
import { portsLackedBy } from './followed-registration.ts';
import { allowedPorts, type Ports } from './grant.ts';
import type { EntryDiagnostic } from './resolution.ts';

/** Source: istio/istio pilot/pkg/model/push_context.go, sortServicesByCreationTime. */
const oldestEntryFirst = byEach<LiveServiceEntry>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

/** The ServiceEntries of the namespace for one host. The foreign ones are in order of name. */
type HostRegistrations = {
  readonly managed: LiveServiceEntry | undefined;
  readonly foreign: readonly LiveServiceEntry[];
};

function entriesFor(host: string, snapshot: Snapshot): HostRegistrations {
  const entries = snapshot.cluster.serviceEntries(snapshot.namespace, host);
  return {
    managed: entries.find(({ managed }) => managed),
    foreign: entries.filter((entry) => isVisibleForeign(entry, snapshot) && mayReplace(entry, snapshot)),
  };
}

/**
 * False for an entry that an istiod may pass over, because of its revision: with that one nothing would register the host. One with addresses counts
 * all the same, since it cannot stand beside a managed entry (`foreignWins`).
 */
const mayReplace = ({ labels, addresses }: LiveServiceEntry, { mesh }: Snapshot): boolean =>
  isReadByAll(labels, mesh) || addresses.length > 0;

/**
 * True where the foreign entry decides how the host is reached: it is older, or it has addresses. Merged with the managed entry, which has
 * none, an entry with addresses would receive the calls of every other host on its ports.
 */
const foreignWins = (foreign: LiveServiceEntry, managed: LiveServiceEntry): boolean =>
  foreign.addresses.length > 0 || oldestEntryFirst(foreign, managed) < 0;

/**
 * The foreign entry through which the host is reached: one that decides, or that has all ports which the intents grant, so that a managed one for
 * the same host would only replace it.
 */
export function foreignEntryInForce(
  host: string,
  snapshot: Snapshot,
  granted: readonly RegisteredPort[],
): LiveServiceEntry | undefined {
  const { managed, foreign } = entriesFor(host, snapshot);
  return foreign
    .toSorted(oldestEntryFirst)
    .find(
      (entry) =>
        managed === undefined ||
        foreignWins(entry, managed) ||
        portsLackedBy(entry, host, granted, snapshot).length === 0,
    );
}

/** A foreign entry younger than the managed one that differs from it, so that the host changes where Istio uses parts of both. */
export function laterForeignEntry(host: string, snapshot: Snapshot): LiveServiceEntry | undefined {
  const { namespace, settings } = snapshot;
  const { managed, foreign } = entriesFor(host, snapshot);
  if (managed === undefined || foreign.length === 0) return undefined;
  const portsOf = (entry: LiveServiceEntry): readonly RegisteredPort[] =>
    hostOfServiceEntry(namespace, entry, host, settings.dnsCapture)?.ports ?? [];
  const registered = portsOf(managed);
  return foreign.find((entry) => !portsOf(entry).every((port) => registered.some(isSamePort(port))));
}

/** The managed entry that shadows a foreign one of the namespace for a host, since it is older. */
export function shadowingEntry(
  entry: LiveServiceEntry,
  host: string,
  snapshot: Snapshot,
): LiveServiceEntry | undefined {
  if (entry.namespace !== snapshot.namespace || !entry.hosts.includes(host)) return undefined;
  const { managed } = entriesFor(host, snapshot);
  return managed === undefined || foreignWins(entry, managed) ? undefined : managed;
}

/**
 * The ports that can be granted of a host of a foreign entry: none where a managed entry shadows it, whose ports belong to the intents that
 * list them. The ports that the managed entry has now are not considered: what is written must not depend on what was written.
 */
export const grantablePorts = (
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  snapshot: Snapshot,
): Ports => (shadowingEntry(entry, host, snapshot) === undefined ? ports : []);

/** Reports the ports of hosts of a foreign entry that cannot be granted, since a managed entry shadows it. */
export function shadowedDiagnostics(
  entry: LiveServiceEntry,
  hosts: readonly string[],
  ports: Ports,
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  const { dnsCapture } = snapshot.settings;
  return hosts.flatMap((host): readonly EntryDiagnostic[] => {
    const managed = shadowingEntry(entry, host, snapshot);
    const registered = hostOfServiceEntry(entry.namespace, entry, host, dnsCapture);
    const shadowed = registered === undefined ? [] : allowedPorts(ports, registered);
    if (managed === undefined || shadowed.length === 0) return [];
    return [
      {
        code: 'ServiceEntryShadowed',
        host,
        serviceEntry: `${entry.namespace}/${entry.name}`,
        managedServiceEntry: `${managed.namespace}/${managed.name}`,
        ports: shadowed.map(({ number }) => number),
      },
    ];
  });
}
