// Granted wildcards of others, of whose names one ends at what the controller registers below them: for an entry of these pods, or for another one whose
// registration the wildcard brings in. Of wildcards that are followed anyhow, the first is told where the entry is resolved.
import { covers, egressHost, isWildcardName } from '../../domain/istio/egress-host.ts';
import { importing } from '../../domain/istio/imported-hosts.ts';
import {
  isSamePort,
  isTakenByNames,
  type RegisteredHost,
  type RegisteredPort,
} from '../../domain/istio/registered-host.ts';
import { byNumber } from '../../domain/order.ts';
import { answeringEntry, entryTitle } from '../grants/followed-registration.ts';
import { entriesInOrderOfAnswer } from '../mesh/answering-entry.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import { importedByWildcards, reachableHosts, type ReachableHost } from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';

/** One for each such host and wildcard: that which answers for the host without the intents. */
export function outdoneWildcards(
  { destinations, sidecar }: ScopeSidecar,
  { registry, snapshot }: MeshView,
): readonly AffectedHost[] {
  const reachable = reachableHosts(destinations, registry);
  const wildcards = reachable
    .filter(({ host }) => !host.managed && isWildcardName(host.host))
    .toSorted(byNumber(({ host }) => -host.host.length));
  if (wildcards.length === 0) return [];
  const followed = followedNamespaces(snapshot);
  const lists = sidecar.spec.egress.map(({ hosts }) => importing(hosts));
  const isImported = ({ host }: ReachableHost): boolean =>
    lists.some((isListed) => isListed(egressHost(host)));
  const granted = reachable.filter(({ host }) => host.managed);
  const names = new Set(granted.map(({ host }) => host.host));
  const along = importedByWildcards(destinations, registry).filter(
    (each) => each.host.managed && !names.has(each.host.host) && isImported(each),
  );
  return [
    ...granted.flatMap((outdoing) =>
      outdoneBy(outdoing, wildcards, snapshot)
        .filter(({ host }) => !followed.includes(host.namespace))
        .flatMap(({ host, ports }) =>
          replaced(outdoing, { host, ports }, { usedInstead: egressHost(outdoing.host) }, snapshot),
        ),
    ),
    ...along.flatMap((outdoing) =>
      outdoneBy(outdoing, wildcards, snapshot).flatMap(({ destination, host, ports }) =>
        replaced(
          { destination, host: outdoing.host },
          { host, ports },
          { broughtInBy: host.host, wildcard: host.host },
          snapshot,
        ),
      ),
    ),
  ];
}

/** Of the wildcards above a host, the narrowest first, those that answer for it without the intents, each with the ports on which it does. */
function outdoneBy(
  { host: { host }, ports }: ReachableHost,
  wildcards: readonly ReachableHost[],
  snapshot: MeshView['snapshot'],
): readonly ReachableHost[] {
  const above = wildcards.filter((each) => each.host.host !== host && covers(each.host.host, host));
  if (above.length === 0) return [];
  if (
    answeringEntry(
      host,
      above.map((each) => each.host.namespace),
      snapshot,
    ) !== undefined
  )
    return [];
  const left = new Set(ports);
  return above
    .map((each) => ({
      ...each,
      ports: [...left].filter((port) => isTaken(port, each) && left.delete(port)),
    }))
    .filter((each) => each.ports.length > 0);
}

const isTaken = (port: RegisteredPort, { host, ports }: ReachableHost): boolean =>
  isTakenByNames(host, port) && ports.some(isSamePort(port));

function replaced(
  { destination, host }: Pick<ReachableHost, 'destination' | 'host'>,
  wildcard: Pick<ReachableHost, 'ports'> & { readonly host: RegisteredHost },
  reason: { readonly usedInstead: string } | { readonly broughtInBy: string; readonly wildcard: string },
  snapshot: MeshView['snapshot'],
): readonly AffectedHost[] {
  const entry = entriesInOrderOfAnswer(wildcard.host.host, snapshot).find(
    ({ namespace }) => namespace === wildcard.host.namespace,
  );
  if (entry === undefined) return [];
  const diagnostic = {
    code: 'RegistrationReplaced',
    host: host.host,
    serviceEntry: entryTitle(entry),
    ports: wildcard.ports.map(({ number }) => number),
    ...reason,
  } as const;
  return [{ destination, host: egressHost(host), diagnostic }];
}
