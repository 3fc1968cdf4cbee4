// Granted wildcards, calls to one of whose names end at another registration below the wildcard: at a host that the controller registers for an entry of
// these pods, or at one that the wildcard brings in. Of the latter, the controller registers some for other entries, and others do not answer without
// intents. Where the wildcard is followed anyhow, hosts for entries of these pods are told where the entry is resolved.
import { covers, egressHost, isWildcardName } from '../../../domain/istio/egress-host.ts';
import { importing } from '../../../domain/istio/imported-hosts.ts';
import {
  answersLike,
  isTakenBelow,
  type RegisteredHost,
  type RegisteredPort,
} from '../../../domain/istio/registered-host.ts';
import { byNumber } from '../../../domain/order.ts';
import { answeringEntry, entryTitle, isOutanswered } from '../../grants/followed-registration.ts';
import { entriesInOrderOfAnswer } from '../../mesh/answering-entry.ts';
import { followedNamespaces } from '../../mesh/followed-namespaces.ts';
import { registeredBy } from '../../mesh/merged-registration.ts';
import type { MeshView } from '../../mesh/service-registry.ts';
import type { ScopeSidecar } from '../../scope-sidecar.ts';
import { hostsBelowWildcards, reachableHosts, type ReachableHost } from '../../sidecar/destination.ts';
import type { AffectedHost } from '../affected-host.ts';

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
  const along = hostsBelowWildcards(destinations, registry).filter(
    (each) =>
      (each.host.managed || isOutanswered(each.host, snapshot)) &&
      !names.has(each.host.host) &&
      isImported(each),
  );
  return [
    ...granted.flatMap((outdoing) =>
      outdoneBy(outdoing, wildcards, snapshot)
        .filter(({ host }) => !followed.includes(host.namespace))
        .flatMap(({ host, ports }) =>
          replaced(
            outdoing,
            { host, ports },
            { usedInstead: egressHost(outdoing.host), wildcard: host.host },
            snapshot,
          ),
        ),
    ),
    ...along.flatMap((outdoing) => outdoneAlong(outdoing, wildcards, snapshot)),
  ];
}

/** The same for a host that no entry asks for, and that a wildcard brings in. So wildcards whose ServiceEntry is followed are not left out here. */
const outdoneAlong = (
  outdoing: ReachableHost,
  wildcards: readonly ReachableHost[],
  snapshot: MeshView['snapshot'],
): readonly AffectedHost[] =>
  outdoneBy(outdoing, wildcards, snapshot).flatMap(({ destination, host, ports }) => {
    const { managed } = outdoing.host;
    const usedInstead = managed ? {} : { usedInstead: egressHost(outdoing.host) };
    const reason = { broughtInBy: host.host, wildcard: host.host, ...usedInstead };
    return replaced({ destination, host: outdoing.host }, { host, ports }, reason, snapshot);
  });

/** Of the wildcards above a host, the narrowest first, those that answer for it without the intents, each with the ports on which it does. */
function outdoneBy(
  { host: below, ports: granted }: ReachableHost,
  wildcards: readonly ReachableHost[],
  snapshot: MeshView['snapshot'],
): readonly ReachableHost[] {
  const { host } = below;
  const above = wildcards.filter((each) => each.host.host !== host && covers(each.host.host, host));
  if (above.length === 0) return [];
  const namespaces = above.map((each) => each.host.namespace);
  const entry = answeringEntry(host, namespaces, snapshot);
  const answering = entry === undefined ? undefined : registeredBy(entry, host, snapshot);
  const isAnswered = (port: RegisteredPort): boolean =>
    answering?.ports.some((other) => answersLike(answering, other, port)) === true;
  const left = new Set(granted.map(({ number }) => number));
  return above
    .map((each) => ({
      ...each,
      ports: each.ports.filter(
        (port) => isTakenBelow(each.host, port, below) && !isAnswered(port) && left.delete(port.number),
      ),
    }))
    .filter((each) => each.ports.length > 0);
}

function replaced(
  { destination, host }: Pick<ReachableHost, 'destination' | 'host'>,
  wildcard: Pick<ReachableHost, 'ports'> & { readonly host: RegisteredHost },
  reason: { readonly usedInstead?: string; readonly broughtInBy?: string; readonly wildcard?: string },
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
