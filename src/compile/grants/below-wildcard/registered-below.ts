// What followed namespaces register below a granted wildcard: it answers for its names without intents.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { egressHost, isBelow } from '../../../domain/istio/egress-host.ts';
import {
  answersLike,
  isSamePort,
  type RegisteredHost,
  type RegisteredPort,
} from '../../../domain/istio/registered-host.ts';
import { registeredNamesBelow } from '../../mesh/answering-entry.ts';
import { registeredBy } from '../../mesh/merged-registration.ts';
import { shadowingEntry } from '../duplicate-registrations.ts';
import { answeringEntry, entryTitle } from '../followed-registration.ts';
import type { Target } from '../grant.ts';
import { spoofableDiagnostics, target, together, type FoundBeside } from '../resolution.ts';
import { takenByRanges } from '../within-range/granted-ranges.ts';

type GrantedWildcard = {
  readonly host: string;
  readonly ports: readonly RegisteredPort[];
  /** The namespace that the entry names, which provides the wildcard: it is followed too. */
  readonly provider?: string;
  /** Of the wildcard itself, which bring in hosts below it; default none. */
  readonly targets?: readonly Target[];
  /** Hosts that are granted apart, and need not be granted below the wildcard; default none. */
  readonly except?: ReadonlySet<string>;
};

/**
 * The hosts below the wildcard are granted too, on the ports of both, and on those where they answer calls of the wildcard with another protocol. Of those that no Sidecar may list, calls go where those of the wildcard go. Nothing
 * for a host that is no wildcard.
 */
export function registeredBelow(granted: GrantedWildcard, snapshot: Snapshot): FoundBeside {
  const { host, except } = granted;
  const names = registeredNamesBelow(host, snapshot).filter((name) => except?.has(name) !== true);
  return together(names.map((name) => grantedBelow(name, granted, snapshot)));
}

const NOTHING: FoundBeside = { targets: [], diagnostics: [] };

function grantedBelow(
  name: string,
  { host, ports, provider, targets = [] }: GrantedWildcard,
  snapshot: Snapshot,
): FoundBeside {
  const entry = answeringEntry(name, provider === undefined ? [] : [provider], snapshot);
  const registered = entry === undefined ? undefined : registeredBy(entry, name, snapshot);
  const answering = registered === undefined ? [] : answeringPorts(registered, ports);
  if (entry === undefined || registered === undefined || answering.length === 0) return NOTHING;
  const egress = egressHost(registered);
  const numbers = numbersOf(answering);
  const about = { host: name, serviceEntry: entryTitle(entry) };
  if (!registered.nameable) {
    if (targets.some((imported) => isBelow(imported.host, egress)))
      return { targets: [], diagnostics: spoofableDiagnostics(egress, registered, numbers) };
    const taken = { takenBy: host, ...(provider === undefined ? {} : { takenFor: provider }) };
    return {
      targets: [],
      diagnostics: [{ code: 'RegistrationReplaced', ...about, ports: numbers, ...taken }],
    };
  }
  const older = shadowingEntry(entry, name, snapshot);
  if (older !== undefined) {
    const olderEntry = entryTitle(older);
    return {
      targets: [],
      diagnostics: [{ code: 'RegistrationReplaced', ...about, ports: numbers, olderEntry }],
    };
  }
  const isOwn = entry.namespace === snapshot.namespace || entry.namespace === provider;
  const granted: FoundBeside = {
    targets: targetsOn(egress, answering, ports),
    diagnostics: [
      ...(isOwn ? [] : [{ code: 'RegistrationFollowed', ...about } as const]),
      ...spoofableDiagnostics(egress, registered, numbers),
    ],
  };
  return together([granted, takenByRanges(entry, name, numbers, snapshot)]);
}

const numbersOf = (ports: readonly RegisteredPort[]): readonly number[] => ports.map(({ number }) => number);

/** The ports at which calls of the wildcard for the name of the host end. */
const answeringPorts = (
  registered: RegisteredHost,
  granted: readonly RegisteredPort[],
): readonly RegisteredPort[] =>
  registered.ports.filter((port) => granted.some((other) => answersLike(registered, port, other)));

/** A port that the host has with another protocol than the wildcard takes no port from what is granted by its name. */
function targetsOn(
  host: string,
  answering: readonly RegisteredPort[],
  granted: readonly RegisteredPort[],
): readonly Target[] {
  const alike = answering.filter((port) => granted.some(isSamePort(port)));
  const others = answering.filter((port) => !alike.includes(port));
  return [
    ...(alike.length === 0 ? [] : [target(host, numbersOf(alike))]),
    ...(others.length === 0 ? [] : [{ ...target(host, numbersOf(others)), givesWay: true } as const]),
  ];
}
