// An `allow` entry of kind host: a host outside the mesh, registered by a managed ServiceEntry unless a foreign one registers it.
import { protocolOfWord } from '../../domain/istio/port-protocol.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Intent } from '../../domain/egress-intent/intent.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { isEmpty } from '../../domain/labels.ts';
import type { HostName, HostPort } from '../../domain/network.ts';
import { isEnforced } from '../mesh/root-namespace.ts';
import { foreignEntryInForce, laterForeignEntry } from './duplicate-registrations.ts';
import {
  answeringEntry,
  isRegisteredElsewhere,
  portsLackedBy,
  registrationsOfRevisions,
  replacedRegistration,
  entryTitle,
  unfollowedRegistrations,
  wildcardElsewhere,
} from './followed-registration.ts';
import { oldestIntentFirst } from './grant.ts';
import { isNameOfService } from '../mesh/service-names.ts';
import { grantedHostPorts, type GrantedHostPorts } from './granted-host-ports.ts';
import { registeredBelow } from './below-wildcard/registered-below.ts';
import {
  serviceEntryDiagnostics,
  target,
  together,
  type EntryDiagnostic,
  type EntryOf,
  type EntryResolution,
  type GrantedHosts,
} from './resolution.ts';

export function resolveHost(
  entry: EntryOf<'host'>,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts = grantedHostPorts(snapshot.intents),
): EntryResolution {
  const { host, ports } = entry;
  if (isNameOfService(host, snapshot)) {
    return { diagnostics: [{ code: 'HostIsService', host }] };
  }
  const wanted = (grantedPorts.get(host) ?? ports).map(portOf);
  const foreign = foreignEntryInForce(host, snapshot, wanted);
  const withBelow = (own: EntryResolution): EntryResolution =>
    withRegisteredBelow(host, ports, own, snapshot);
  if (foreign !== undefined) return withBelow(resolveThroughForeignEntry(host, ports, foreign, snapshot));
  const answering = answeringEntry(host, [], snapshot);
  const lacking = answering === undefined ? [] : portsLackedBy(answering, host, wanted, snapshot);
  if (answering !== undefined && lacking.length === 0) {
    return withBelow(resolveThroughFollowedEntry(host, ports, answering, snapshot));
  }
  const own = withBelow(resolveThroughOwnEntry(entry, snapshot));
  const { diagnostics = [] } = own;
  // Where another one would answer without that of this namespace, both are lost.
  const isTold =
    answering?.namespace === snapshot.namespace &&
    !isRegisteredElsewhere(host, snapshot) &&
    diagnostics.some(({ code }) => code === 'HostAlsoRegistered');
  const replaced = replacedRegistration(host, wanted, answering, snapshot).filter(
    (each) => !isTold || 'wildcard' in each,
  );
  return {
    ...own,
    diagnostics: [
      ...diagnostics,
      ...replaced,
      ...unfollowedRegistrations(host, [], snapshot),
      ...registrationsOfRevisions(host, snapshot),
    ],
  };
}

/** The resolution of a wildcard, with the hosts below it that are granted too. */
function withRegisteredBelow(
  host: HostName,
  ports: readonly HostPort[],
  own: EntryResolution,
  snapshot: Snapshot,
): EntryResolution {
  const { targets = [] } = own;
  const inForce = new Set(targets.flatMap((granted) => (granted.ports === 'every' ? [] : granted.ports)));
  const shared = ports.filter(({ port }) => inForce.has(port));
  const below = registeredBelow({ host, ports: shared.map(portOf), targets }, snapshot);
  return { ...own, ...together([own, below]) };
}

const portOf = ({ port, protocol }: HostPort): RegisteredPort => ({
  number: port,
  ...protocolOfWord(protocol),
});

/** A ServiceEntry of the controller registers the host. */
function resolveThroughOwnEntry({ host, ports }: EntryOf<'host'>, snapshot: Snapshot): EntryResolution {
  const { namespace } = snapshot;
  const ambiguous = ports.filter(({ protocol }) => protocol === 'TCP' && !hasAddress(host, snapshot));
  const distinguishable = ports.filter((port) => !ambiguous.includes(port));
  const later = laterForeignEntry(host, snapshot);
  const granted = {
    ...grantedHosts(host, distinguishable, namespace),
    diagnostics: later === undefined ? [] : [alsoRegistered(host, later)],
  };
  if (ambiguous.length === 0) return granted;
  const since = host.startsWith('*.') ? undefined : oldestNamespaceDefault(snapshot);
  if (since !== undefined) {
    return { ...granted, conditional: { since, ...grantedHosts(host, ambiguous, namespace) } };
  }
  const refusal: EntryDiagnostic = { code: 'TcpHostNeedsAddress', host, ports: numbersOf(ambiguous) };
  return { ...granted, diagnostics: [...granted.diagnostics, refusal] };
}

/** The ServiceEntry of a followed namespace that answers without intents stays in use. */
function resolveThroughFollowedEntry(
  host: HostName,
  ports: readonly HostPort[],
  entry: LiveServiceEntry,
  snapshot: Snapshot,
): EntryResolution {
  const serviceEntry = entryTitle(entry);
  return {
    targets: [target(`${entry.namespace}/${host}`, numbersOf(ports))],
    diagnostics: [
      { code: 'RegistrationFollowed', host, serviceEntry },
      ...serviceEntryDiagnostics(`${entry.namespace}/${host}`, entry, host, numbersOf(ports), snapshot),
      ...wildcardElsewhere(host, entry, ports.map(portOf), snapshot),
      ...unfollowedRegistrations(host, [], snapshot),
    ],
  };
}

function grantedHosts(host: HostName, ports: readonly HostPort[], namespace: string): GrantedHosts {
  if (ports.length === 0) return { targets: [], externals: [] };
  return {
    targets: [target(`${namespace}/${host}`, numbersOf(ports))],
    externals: [{ kind: 'host', host, ports }],
  };
}

const numbersOf = (ports: readonly HostPort[]): readonly number[] => ports.map(({ port }) => port);

function resolveThroughForeignEntry(
  host: HostName,
  ports: readonly HostPort[],
  entry: LiveServiceEntry,
  snapshot: Snapshot,
): EntryResolution {
  const { namespace } = snapshot;
  return {
    targets: [target(`${namespace}/${host}`, numbersOf(ports))],
    diagnostics: [
      alsoRegistered(host, entry),
      ...serviceEntryDiagnostics(`${namespace}/${host}`, entry, host, numbersOf(ports), snapshot),
      ...wildcardElsewhere(host, entry, ports.map(portOf), snapshot),
    ],
  };
}

const alsoRegistered = (host: HostName, { namespace, name }: LiveServiceEntry): EntryDiagnostic => ({
  code: 'HostAlsoRegistered',
  host,
  serviceEntry: `${namespace}/${name}`,
});

const hasAddress = (host: HostName, { settings }: Snapshot): boolean =>
  settings.dnsCapture && !host.startsWith('*.');

/**
 * A TCP host without an address receives every call on its port that matches no other host, from every pod that sees it. Pods that no intent
 * restricts see it too, so it is granted only where a namespace default restricts them all: this is the oldest such default.
 */
export const oldestNamespaceDefault = (snapshot: Snapshot): Intent | undefined =>
  snapshot.run.derive(
    'oldest namespace default',
    '',
    [],
    () =>
      snapshot.intents
        .filter((intent) => isEnforced(intent, snapshot) && isEmpty(intent.selector))
        .toSorted(oldestIntentFirst)[0],
  );
