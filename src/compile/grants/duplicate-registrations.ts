// One host that both somebody else and we register in our own namespace. Istio takes the older of the two and, where a Sidecar holds
// a pattern, half of the other, which helps nobody.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { byEach, byKey } from '../../domain/order.ts';
import { isSamePort, hostsOfServiceEntry, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { EntryDiagnostic } from './resolution.ts';
import { allowedPorts, type Ports } from './grant.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { isVisibleForeign } from '../mesh/service-registry.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

/** Source: istio/istio pilot/pkg/model/push_context.go, sortServicesByCreationTime. */
const oldestEntryFirst = byEach<LiveServiceEntry>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

/** The entries of our namespace for one host: ours, and those of others in order of name. */
type HostRegistrations = {
  readonly managed: LiveServiceEntry | undefined;
  readonly foreign: readonly LiveServiceEntry[];
};

function registrationsOf(host: string, snapshot: Snapshot, inquiry: RecordingCluster): HostRegistrations {
  const entries = inquiry.serviceEntries(snapshot.namespace, host);
  return {
    managed: entries.find(({ managed }) => managed),
    foreign: entries.filter((entry) => isVisibleForeign(entry, snapshot)),
  };
}

/**
 * Whether the host is theirs to say: they were there first. One that has addresses goes first whenever it came: merged with ours,
 * which has none, it would take the calls of every other host of its ports.
 */
const foreignWins = (theirs: LiveServiceEntry, ours: LiveServiceEntry): boolean =>
  theirs.addresses.length > 0 || oldestEntryFirst(theirs, ours) < 0;

/** Somebody else's entry through which the host is reached, and beside which ours would be in vain. */
export function foreignEntryInForce(
  host: string,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): LiveServiceEntry | undefined {
  const { managed, foreign } = registrationsOf(host, snapshot, inquiry);
  return foreign
    .toSorted(oldestEntryFirst)
    .find((entry) => managed === undefined || foreignWins(entry, managed));
}

/** Somebody else's entry that came after ours and is unlike it, so that where Istio takes half of it the host is not as we say. */
export function laterForeignEntry(
  host: string,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): LiveServiceEntry | undefined {
  const { namespace, settings } = snapshot;
  const { managed, foreign } = registrationsOf(host, snapshot, inquiry);
  if (managed === undefined || foreign.length === 0) return undefined;
  const [own] = hostsOfServiceEntry(namespace, managed, settings.dnsCapture);
  return foreign.find((entry) =>
    hostsOfServiceEntry(namespace, entry, settings.dnsCapture).some(
      (known) => known.host === host && !known.ports.every((port) => own?.ports.some(isSamePort(port))),
    ),
  );
}

/** Hosts of somebody else's entry of our namespace where ours was there first, each with ours. */
function shadowedHosts(
  entry: LiveServiceEntry,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): readonly { readonly host: RegisteredHost; readonly ours: LiveServiceEntry }[] {
  const { namespace, settings } = snapshot;
  if (entry.namespace !== namespace) return [];
  return hostsOfServiceEntry(namespace, entry, settings.dnsCapture).flatMap((host) => {
    const { managed } = registrationsOf(host.host, snapshot, inquiry);
    return managed === undefined || foreignWins(entry, managed) ? [] : [{ host, ours: managed }];
  });
}

/**
 * What is to be had of a host of somebody else's entry: nothing where it is ours, whose ports are for those who asked for them. Which
 * ports ours has at the moment is no matter: what we write must not depend on what we wrote.
 */
export function grantablePorts(
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): Ports {
  return shadowedHosts(entry, snapshot, inquiry).some((one) => one.host.host === host) ? [] : ports;
}

/** The ports of somebody else's entry that are not to be had, since ours was there first. */
export function shadowedDiagnostics(
  entry: LiveServiceEntry,
  ports: Ports,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): readonly EntryDiagnostic[] {
  return shadowedHosts(entry, snapshot, inquiry).flatMap(({ host, ours }): EntryDiagnostic[] => {
    const hidden = allowedPorts(ports, host);
    if (hidden.length === 0) return [];
    return [
      {
        code: 'ServiceEntryShadowed',
        host: host.host,
        serviceEntry: `${entry.namespace}/${entry.name}`,
        by: `${ours.namespace}/${ours.name}`,
        ports: hidden.map(({ number }) => number),
      },
    ];
  });
}
