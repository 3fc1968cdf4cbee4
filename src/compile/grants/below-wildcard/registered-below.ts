// What followed namespaces register below a granted wildcard: it answers for its names without intents.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { covers, egressHost } from '../../../domain/istio/egress-host.ts';
import { isSamePort, type RegisteredPort } from '../../../domain/istio/registered-host.ts';
import { registeredBy } from '../../mesh/merged-registration.ts';
import { answeringEntry, entryTitle } from '../followed-registration.ts';
import { spoofableDiagnostics, target, type EntryResolution } from '../resolution.ts';

type GrantedWildcard = {
  readonly host: string;
  readonly ports: readonly RegisteredPort[];
  /** True for a host that the targets of the wildcard itself bring in. */
  readonly isImported: (egressHost: string) => boolean;
};

export type RegisteredBelow = Required<Pick<EntryResolution, 'targets' | 'diagnostics'>>;

/**
 * The hosts below the wildcard are granted too, on the ports of both. Of those that no Sidecar may list, calls go where those of the wildcard go. Nothing
 * for a host that is no wildcard.
 */
export function registeredBelow(granted: GrantedWildcard, snapshot: Snapshot): RegisteredBelow {
  const { host } = granted;
  const below = host.startsWith('*.') ? snapshot.cluster.serviceEntriesBelow(host) : [];
  const names = new Set(
    below.flatMap(({ hosts }) => hosts).filter((name) => name !== host && covers(host, name)),
  );
  const found = [...names].map((name) => grantedBelow(name, granted, snapshot));
  return {
    targets: found.flatMap(({ targets }) => targets),
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}

const NOTHING: RegisteredBelow = { targets: [], diagnostics: [] };

function grantedBelow(
  name: string,
  { host, ports, isImported }: GrantedWildcard,
  snapshot: Snapshot,
): RegisteredBelow {
  const entry = answeringEntry(name, [], snapshot);
  const registered = entry === undefined ? undefined : registeredBy(entry, name, snapshot);
  const shared = registered?.ports.filter((port) => ports.some(isSamePort(port))) ?? [];
  if (entry === undefined || registered === undefined || shared.length === 0) return NOTHING;
  const egress = egressHost(registered);
  const numbers = shared.map(({ number }) => number);
  const about = { host: name, serviceEntry: entryTitle(entry) };
  if (!registered.nameable)
    return isImported(egress)
      ? { targets: [], diagnostics: spoofableDiagnostics(egress, registered, numbers) }
      : {
          targets: [],
          diagnostics: [{ code: 'RegistrationReplaced', ...about, ports: numbers, takenBy: host }],
        };
  const isOwn = entry.namespace === snapshot.namespace;
  return {
    targets: [target(egress, numbers)],
    diagnostics: [
      ...(isOwn ? [] : [{ code: 'RegistrationFollowed', ...about } as const]),
      ...spoofableDiagnostics(egress, registered, numbers),
    ],
  };
}
