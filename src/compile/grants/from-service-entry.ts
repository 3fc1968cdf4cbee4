// An `allow` entry of kind serviceEntry: a host that a foreign ServiceEntry registers.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { wildcardsAbove } from '../../domain/istio/egress-host.ts';
import type { HostName } from '../../domain/network.ts';
import { REVISION } from '../../domain/istio/revision.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { entriesInOrderOfAnswer, entriesOfSomeRevisions } from '../mesh/answering-entry.ts';
import { registeredBy } from '../mesh/merged-registration.ts';
import { isVisibleForeign } from '../mesh/service-registry.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import { isOnlyRouted } from '../mesh/only-routed.ts';
import { registeredBelow } from './below-wildcard/registered-below.ts';
import { grantablePorts, shadowedDiagnostics, shadowingEntry } from './duplicate-registrations.ts';
import {
  answeringEntry,
  portsLackedBy,
  entryTitle,
  unfollowedRegistrations,
  wildcardElsewhere,
} from './followed-registration.ts';
import { allowedPorts, type Ports } from './grant.ts';
import { grantedHostPorts, type GrantedHostPorts } from './granted-host-ports.ts';
import {
  serviceEntryDiagnostics,
  target,
  type EntryDiagnostic,
  together,
  type EntryOf,
  type EntryResolution,
} from './resolution.ts';
import { takenByRanges } from './within-range/granted-ranges.ts';

/**
 * Managed ServiceEntries do not count: each exists only as long as another intent lists its host. A host that nobody registers yet is listed all the
 * same, and calls work as soon as it is there; but not where a host entry registers it, whose ports other intents decide.
 */
export function resolveServiceEntry(
  { namespace, host, ports: limits }: EntryOf<'serviceEntry'>,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts = grantedHostPorts(snapshot.intents),
): EntryResolution {
  const first = snapshot.cluster.serviceEntries(namespace, host).find(({ managed }) => !managed);
  const ports = limits ?? 'every';
  const title = `${namespace}/${host}`;
  if (first === undefined) {
    const isOurs = namespace === snapshot.namespace && grantedPorts.isNamed(host);
    if (!isOurs && has80(ports) && isOnlyRouted(namespace, host, snapshot))
      return { targets: [target(title, 'every')] };
    return {
      targets: isOurs ? [] : [target(title, ports)],
      diagnostics: [
        { code: 'ServiceEntryNotFound', host, namespace, ...wildcardOf(namespace, host, snapshot) },
      ],
    };
  }
  const visible = entriesInOrderOfAnswer(host, snapshot).find((entry) => entry.namespace === namespace);
  if (visible === undefined)
    return { targets: [target(title, ports)], diagnostics: [notExported(first, host, snapshot)] };
  return withRegisteredBeside(resolveVisible(visible, host, ports, snapshot), visible, host, snapshot);
}

/** A ServiceEntry that the caller sees, or the one that answers instead of it without intents. */
function resolveVisible(
  visible: LiveServiceEntry,
  host: HostName,
  ports: Ports,
  snapshot: Snapshot,
): EntryResolution {
  const elsewhere = resolvedElsewhere(visible, host, ports, snapshot);
  if (elsewhere !== undefined) return elsewhere;
  const title = `${visible.namespace}/${host}`;
  const registered = registeredBy(visible, host, snapshot);
  const granted = registered === undefined ? [] : allowedPorts(ports, registered);
  return {
    targets: [target(title, grantablePorts(visible, host, ports, snapshot))],
    diagnostics: [
      ...serviceEntryDiagnostics(title, visible, host, ports, snapshot),
      ...wildcardElsewhere(host, visible, granted, snapshot),
      ...shadowedDiagnostics(visible, [host], ports, snapshot),
    ],
  };
}

/** With the hosts below a wildcard, or in a range, which are granted on its ports: what followed namespaces register answers for them without intents. */
function withRegisteredBeside(
  own: EntryResolution,
  visible: LiveServiceEntry,
  host: HostName,
  snapshot: Snapshot,
): EntryResolution {
  const registered = registeredBy(visible, host, snapshot);
  const { targets = [] } = own;
  const ports = targets.flatMap((granted) =>
    registered === undefined ? [] : allowedPorts(granted.ports, registered),
  );
  const below = registeredBelow({ host, ports, provider: visible.namespace, targets }, snapshot);
  const numbers = ports.map(({ number }) => number);
  const taken = takenByRanges(visible, host, numbers, snapshot);
  return together([own, below, taken]);
}

/** The caller does not see the ServiceEntry, or one of its namespace only as long as an istiod of its revision serves it. */
function notExported(first: LiveServiceEntry, host: HostName, snapshot: Snapshot): EntryDiagnostic {
  const { namespace } = first;
  const ofRevision = entriesOfSomeRevisions(host, snapshot).find((entry) => entry.namespace === namespace);
  const serviceEntry = entryTitle(ofRevision ?? first);
  const revision = ofRevision === undefined ? {} : { revision: ofRevision.labels[REVISION] ?? '' };
  return { code: 'ServiceEntryNotExported', host, namespace, serviceEntry, ...revision };
}

/** The most specific wildcard above a host that a ServiceEntry of the namespace shows to the caller. */
function wildcardOf(
  namespace: string,
  host: string,
  snapshot: Snapshot,
): { readonly registered?: { readonly wildcard: string; readonly serviceEntry: string } } {
  // A Sidecar and an entry may not name a wildcard over a top-level domain.
  for (const wildcard of wildcardsAbove(host).slice(0, -1)) {
    const entry = snapshot.cluster
      .serviceEntries(namespace, wildcard)
      .find((candidate) => isVisibleForeign(candidate, snapshot));
    if (entry !== undefined) return { registered: { wildcard, serviceEntry: entryTitle(entry) } };
  }
  return {};
}

const has80 = (ports: Ports): boolean => ports === 'every' || ports.includes(UNREGISTERED_PORT);

/** Where a ServiceEntry of another namespace answers without intents, it stays in use if it has what is granted. */
function resolvedElsewhere(
  named: LiveServiceEntry,
  host: string,
  ports: Ports,
  snapshot: Snapshot,
): EntryResolution | undefined {
  const answering = answeringEntry(host, [named.namespace], snapshot);
  const registered = registeredBy(named, host, snapshot);
  if (answering === undefined || registered === undefined || answering.namespace === named.namespace) {
    return undefined;
  }
  const granted = allowedPorts(ports, registered);
  const serviceEntry = entryTitle(answering);
  const lacking = portsLackedBy(answering, host, granted, snapshot);
  const numbers = granted.map(({ number }) => number);
  const title = `${answering.namespace}/${host}`;
  const older = numbers.length === 0 ? undefined : shadowingEntry(answering, host, snapshot);
  if (lacking.length === 0 && older === undefined) {
    return {
      targets: [target(title, numbers)],
      diagnostics: [
        { code: 'RegistrationFollowed', host, serviceEntry },
        ...serviceEntryDiagnostics(title, answering, host, numbers, snapshot),
        ...wildcardElsewhere(host, answering, granted, snapshot),
        ...unfollowedRegistrations(host, [named.namespace], snapshot),
      ],
    };
  }
  return {
    targets: [target(`${named.namespace}/${host}`, ports)],
    diagnostics: [
      lacking.length > 0 || older === undefined
        ? { code: 'RegistrationReplaced', host, serviceEntry, ports: lacking }
        : { code: 'RegistrationReplaced', host, serviceEntry, ports: numbers, olderEntry: entryTitle(older) },
      ...serviceEntryDiagnostics(`${named.namespace}/${host}`, named, host, ports, snapshot),
      ...wildcardElsewhere(host, named, granted, snapshot),
    ],
  };
}
