// A ServiceEntry of another namespace that answers calls for a granted host while no intent is there, such as the platform's with private
// endpoints. It stays in use where its owner is followed and it has what is granted.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { REVISION } from '../../domain/istio/revision.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import {
  entriesInOrderOfAnswer,
  entriesOfSomeRevisions,
  registeredWildcardsAbove,
} from '../mesh/answering-entry.ts';
import { registeredBy } from '../mesh/merged-registration.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import type { EntryDiagnostic } from './resolution.ts';

/** The first ServiceEntry that answers calls for a host, among those of followed namespaces and of the given ones. */
export function answeringEntry(
  host: string,
  providers: readonly string[],
  snapshot: Snapshot,
): LiveServiceEntry | undefined {
  const entries = entriesInOrderOfAnswer(host, snapshot);
  if (entries.length === 0) return undefined;
  const namespaces = new Set([...followedNamespaces(snapshot), ...providers]);
  return entries.find(({ namespace }) => namespaces.has(namespace));
}

/** True for a host for which, without intents, a ServiceEntry of another namespace answers. */
export const isOutanswered = ({ host, namespace }: RegisteredHost, snapshot: Snapshot): boolean => {
  const answering = answeringEntry(host, [namespace], snapshot);
  return answering !== undefined && answering.namespace !== namespace;
};

/** True if a followed namespace other than the caller's own registers the host too. */
export const isRegisteredElsewhere = (host: string, snapshot: Snapshot): boolean =>
  entriesInOrderOfAnswer(host, snapshot).some(
    ({ namespace }) => namespace !== snapshot.namespace && followedNamespaces(snapshot).includes(namespace),
  );

/** The numbers of the ports that the ServiceEntry lacks, or has with another protocol class. */
export function portsLackedBy(
  entry: LiveServiceEntry,
  host: string,
  ports: readonly RegisteredPort[],
  snapshot: Snapshot,
): readonly number[] {
  const registered = registeredBy(entry, host, snapshot);
  return ports.filter((port) => !registered?.ports.some(isSamePort(port))).map(({ number }) => number);
}

/** Reports ServiceEntries for the host in namespaces that are not followed. They change nothing. */
export function unfollowedRegistrations(
  host: string,
  providers: readonly string[],
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  const namespaces = new Set([...followedNamespaces(snapshot), ...providers]);
  return entriesInOrderOfAnswer(host, snapshot)
    .filter(({ namespace }) => !namespaces.has(namespace))
    .map((entry) => ({ code: 'RegistrationNotFollowed', host, serviceEntry: entryTitle(entry) }));
}

/** Reports ServiceEntries for the host, in followed namespaces, that an istiod may pass over because of their revision. They do not answer. */
export function registrationsOfRevisions(host: string, snapshot: Snapshot): readonly EntryDiagnostic[] {
  const namespaces = new Set(followedNamespaces(snapshot));
  return entriesOfSomeRevisions(host, snapshot)
    .filter(({ namespace }) => namespaces.has(namespace))
    .map((entry) => ({
      code: 'RegistrationOfRevision',
      host,
      serviceEntry: entryTitle(entry),
      revision: entry.labels[REVISION] ?? '',
    }));
}

/**
 * Reports the registrations that our own replaces: `answering`, which lacks a granted port, and for what it lacks that of a wildcard above the host.
 */
export function replacedRegistration(
  host: string,
  granted: readonly RegisteredPort[],
  answering: LiveServiceEntry | undefined,
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  if (answering === undefined) {
    return replacedWildcard(
      host,
      granted.map(({ number }) => number),
      snapshot,
    );
  }
  const ports = portsLackedBy(answering, host, granted, snapshot);
  const elsewhere = wildcardElsewhere(host, answering, granted, snapshot);
  return [
    { code: 'RegistrationReplaced', host, serviceEntry: entryTitle(answering), ports },
    ...(elsewhere.length > 0 ? elsewhere : replacedWildcard(host, ports, snapshot)),
  ];
}

/**
 * Reports the wildcard that answers TLS for the host at any other address than those of its own ServiceEntry: a Sidecar that lists the host does not
 * import it.
 */
export function wildcardElsewhere(
  host: string,
  entry: LiveServiceEntry,
  ports: readonly RegisteredPort[],
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  if (registeredBy(entry, host, snapshot)?.addressing !== 'address') return [];
  const tls = ports.filter((port) => port.class === 'tls').map(({ number }) => number);
  return replacedWildcard(host, tls, snapshot);
}

/** The wildcards above a host that answer on the ports: on each, the most specific that has it. */
function replacedWildcard(
  host: string,
  numbers: readonly number[],
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  const left = new Set(numbers);
  return registeredWildcardsAbove(host, snapshot).flatMap((wildcard): readonly EntryDiagnostic[] => {
    const entry = answeringEntry(wildcard, [], snapshot);
    if (entry === undefined) return [];
    const registered = registeredBy(entry, wildcard, snapshot)?.ports ?? [];
    const ports = registered.map(({ number }) => number).filter((number) => left.delete(number));
    if (ports.length === 0) return [];
    return [{ code: 'RegistrationReplaced', host, serviceEntry: entryTitle(entry), ports, wildcard }];
  });
}

export const entryTitle = ({ namespace, name }: LiveServiceEntry): string => `${namespace}/${name}`;
