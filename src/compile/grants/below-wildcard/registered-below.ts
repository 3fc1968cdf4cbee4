// What followed namespaces register below a granted wildcard: it answers for its names without intents.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import {
  covers,
  egressHost,
  isBelow,
  isWildcardName,
  lookupNames,
} from '../../../domain/istio/egress-host.ts';
import { isSamePort, type RegisteredPort } from '../../../domain/istio/registered-host.ts';
import { registeredBy } from '../../mesh/merged-registration.ts';
import { shadowingEntry } from '../duplicate-registrations.ts';
import { answeringEntry, entryTitle } from '../followed-registration.ts';
import type { Target } from '../grant.ts';
import { spoofableDiagnostics, target, together, type FoundBeside } from '../resolution.ts';

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
 * The hosts below the wildcard are granted too, on the ports of both. Of those that no Sidecar may list, calls go where those of the wildcard go. Nothing
 * for a host that is no wildcard.
 */
export function registeredBelow(granted: GrantedWildcard, snapshot: Snapshot): FoundBeside {
  const { host, except } = granted;
  const below = isWildcardName(host) ? lookupNames(host).flatMap(snapshot.cluster.serviceEntriesBelow) : [];
  const names = new Set(
    below
      .flatMap(({ hosts }) => hosts)
      .filter((name) => name !== host && covers(host, name) && except?.has(name) !== true),
  );
  return together([...names].map((name) => grantedBelow(name, granted, snapshot)));
}

const NOTHING: FoundBeside = { targets: [], diagnostics: [] };

function grantedBelow(
  name: string,
  { host, ports, provider, targets = [] }: GrantedWildcard,
  snapshot: Snapshot,
): FoundBeside {
  const entry = answeringEntry(name, provider === undefined ? [] : [provider], snapshot);
  const registered = entry === undefined ? undefined : registeredBy(entry, name, snapshot);
  const shared = registered?.ports.filter((port) => ports.some(isSamePort(port))) ?? [];
  if (entry === undefined || registered === undefined || shared.length === 0) return NOTHING;
  const egress = egressHost(registered);
  const numbers = shared.map(({ number }) => number);
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
  return {
    targets: [target(egress, numbers)],
    diagnostics: [
      ...(isOwn ? [] : [{ code: 'RegistrationFollowed', ...about } as const]),
      ...spoofableDiagnostics(egress, registered, numbers),
    ],
  };
}
