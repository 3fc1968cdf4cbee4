// One host that both a managed and a foreign ServiceEntry of the namespace register. Istio uses the older of the two and, where a Sidecar
// lists a wildcard, parts of both.
import type { Snapshot } from '../../cluster/snapshot.ts';
import {
  hostsOfServiceEntry,
  isSamePort,
  type RegisteredHost,
  type RegisteredPort,
} from '../../domain/istio/registered-host.ts';
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
  const [registered] = hostsOfServiceEntry(namespace, managed, settings.dnsCapture);
  return foreign.find((entry) =>
    hostsOfServiceEntry(namespace, entry, settings.dnsCapture).some(
      (candidate) =>
        candidate.host === host && !candidate.ports.every((port) => registered?.ports.some(isSamePort(port))),
    ),
  );
}

type ShadowedHost = { readonly host: RegisteredHost; readonly managed: LiveServiceEntry };

/** The hosts of a foreign entry of the namespace for which a managed entry is older. */
function shadowedHosts(entry: LiveServiceEntry, snapshot: Snapshot): readonly ShadowedHost[] {
  const { namespace, settings } = snapshot;
  if (entry.namespace !== namespace) return [];
  return hostsOfServiceEntry(namespace, entry, settings.dnsCapture).flatMap((host) => {
    const { managed } = entriesFor(host.host, snapshot);
    return managed === undefined || foreignWins(entry, managed) ? [] : [{ host, managed }];
  });
}

/** The managed entry that shadows a foreign one for a host. */
export const shadowingEntry = (
  entry: LiveServiceEntry,
  host: string,
  snapshot: Snapshot,
): LiveServiceEntry | undefined =>
  shadowedHosts(entry, snapshot).find((shadowed) => shadowed.host.host === host)?.managed;

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

/** Reports the ports of a foreign entry that cannot be granted, since a managed entry shadows it. */
export function shadowedDiagnostics(
  entry: LiveServiceEntry,
  ports: Ports,
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  return shadowedHosts(entry, snapshot).flatMap(({ host, managed }): readonly EntryDiagnostic[] => {
    const shadowed = allowedPorts(ports, host);
    if (shadowed.length === 0) return [];
    return [
      {
        code: 'ServiceEntryShadowed',
        host: host.host,
        serviceEntry: `${entry.namespace}/${entry.name}`,
        managedServiceEntry: `${managed.namespace}/${managed.name}`,
        ports: shadowed.map(({ number }) => number),
      },
    ];
  });
}
