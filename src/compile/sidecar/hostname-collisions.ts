// One host name that two namespaces register. A pod gets one cluster for a name and a port, so Istio uses the host of one namespace, and
// which one depends on many things. Here the host that was granted first stays, and the others are excluded where that is possible.
// Source: istio/istio pilot/pkg/model/sidecar.go, selectServices and appendSidecarServices.
import type { Features } from '../../domain/features.ts';
import { egressHost, isBelow, isWildcard, isWildcardName, partsOf } from '../../domain/istio/egress-host.ts';
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { byEach, byNumber } from '../../domain/order.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import type { Destination, GrantAge, PortConflict } from './destination.ts';
import { grantedPorts, hostsImportedBy, type ImportedHost } from './imported-host.ts';

type WithoutHostnameCollisions = {
  readonly destinations: readonly Destination[];
  /** To be listed next to every wildcard of their namespace: `~namespace/host`. */
  readonly exclusions: readonly string[];
  readonly conflicts: readonly PortConflict[];
  /** Ports of dropped hosts that remain reachable, since the host that stays has the same port. */
  readonly dependents: readonly DependentPort[];
};

/** If the port is unreachable on `keptHost`, the host that stays, then so it is on this one. */
export type DependentPort = Pick<PortConflict, 'destination' | 'host' | 'port'> & {
  readonly keptHost: string;
};

/** The place of a namespace among those that register a host, in the order in which they answer without intents; -1 for one that does not. */
export type AnswerOrder = (host: string, namespace: string) => number;

/**
 * The oldest host of each name stays, or one that has the granted ports of all and answers without intents; those of other namespaces are dropped,
 * unless it makes no difference which one Istio uses.
 */
export function dropHostnameCollisions(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  { exclusions: canExclude }: Features,
  age: GrantAge,
  answerOrder: AnswerOrder,
): WithoutHostnameCollisions {
  const reached = destinations.filter(hasPorts);
  if (areNamesDistinct(reached, registry)) {
    return { destinations, exclusions: [], conflicts: [], dependents: [] };
  }
  const imported = reached.flatMap((destination) => hostsImportedBy(destination, registry));
  const collisions = collisionsOf(imported, age, answerOrder, canExclude);
  const dropped = collisions.flatMap((collision) => collision.dropped);
  const isExcludable = (host: ImportedHost): boolean =>
    canExclude && host.host.nameable && !coversOthers(host, imported);
  const named = dropped.filter((host) => !isBelowWildcard(host));
  const droppedDestinations = new Set(named.map(({ destination }) => destination));
  return {
    destinations: destinations.filter((destination) => !droppedDestinations.has(destination)),
    exclusions: dropped
      .filter((host) => isBelowWildcard(host) && isExcludable(host))
      .map(({ host }) => `~${egressHost(host)}`),
    dependents: collisions.flatMap((collision) =>
      collision.dropped.flatMap((host) => dependentPorts(host, collision.stays)),
    ),
    conflicts: collisions.flatMap((collision) => conflictsIn(collision, isExcludable)),
  };
}

/** False for what only gives further names to a host that another grant lists. */
const hasPorts = ({ ports }: Destination): boolean => ports === 'every' || ports.length > 0;

/** True for nearly every scope. Looks up only wildcards: the name of any other destination is known. */
function areNamesDistinct(destinations: readonly Destination[], registry: ServiceRegistry): boolean {
  const names = new Set<string>();
  for (const { host } of destinations) {
    const imported = isWildcard(host)
      ? new Set(registry(host).map((registered) => registered.host))
      : [partsOf(host).name];
    for (const name of imported) {
      if (names.has(name)) return false;
      names.add(name);
    }
  }
  return true;
}

/** Hosts of one name. Those that are dropped are in another namespace than the one that stays. */
type HostnameCollision = { readonly stays: ImportedHost; readonly dropped: readonly ImportedHost[] };

/** False for a host that a destination names itself: without that destination it is not imported. */
const isBelowWildcard = ({ destination, host }: ImportedHost): boolean =>
  isWildcard(destination.host) && destination.host !== egressHost(host);

/** True if its exclusion would exclude another granted host too: that of a wildcard applies to every host below it. */
const coversOthers = ({ host }: ImportedHost, imported: readonly ImportedHost[]): boolean =>
  isWildcardName(host.host) &&
  imported.some(
    ({ granted, host: other }) =>
      granted && other.host !== host.host && isBelow(egressHost(host), egressHost(other)),
  );

function collisionsOf(
  imported: readonly ImportedHost[],
  age: GrantAge,
  answerOrder: AnswerOrder,
  canExclude: boolean,
): readonly HostnameCollision[] {
  const order = (sameName: readonly ImportedHost[]) =>
    byEach<ImportedHost>(
      byNumber((candidate) => (!canExclude && isBroughtInAlone(candidate, sameName) ? 0 : 1)),
      byNumber((candidate) => (answersForAll(candidate, sameName, answerOrder) ? 0 : 1)),
      byNumber((candidate) => (replacesManaged(candidate, sameName) ? 0 : 1)),
      byNumber(({ destination, host, granted }) =>
        granted ? age(destination, egressHost(host)) : Number.MAX_VALUE,
      ),
      // Of the same age, a host that is listed by name: it answers without intents, unlike the one below a wildcard.
      byNumber(({ destination }) => (isWildcard(destination.host) ? 1 : 0)),
    );
  return [...Map.groupBy(imported, ({ host }) => host.host).values()].flatMap((sameName) => {
    const [stays, ...younger] = sameName.toSorted(order(sameName));
    if (stays === undefined) return [];
    const dropped = younger.filter(
      (candidate) =>
        candidate.host.namespace !== stays.host.namespace &&
        (replacesManaged(stays, [candidate]) ||
          isManagedForOthers(candidate) ||
          !areInterchangeable(stays, candidate)),
    );
    return dropped.length > 0 ? [{ stays, dropped }] : [];
  });
}

/**
 * True for a registration of others that has every port which is granted of managed ones of the same name: it answers without intents, and the
 * managed ones would replace it. One with addresses answers at these only, so it would take calls from a host that is granted by its name.
 */
function replacesManaged(candidate: ImportedHost, sameName: readonly ImportedHost[]): boolean {
  const managed = sameName.filter(({ host, granted }) => host.managed && granted);
  return (
    candidate.granted &&
    !candidate.host.managed &&
    candidate.host.addressing === 'name' &&
    managed.length > 0 &&
    managed.every(({ ports }) => ports.every((port) => candidate.ports.some(isSamePort(port))))
  );
}

/** True for the registration of others that answers without intents, if every port that is granted of the other ones is granted of it too. */
function answersForAll(
  candidate: ImportedHost,
  sameName: readonly ImportedHost[],
  answerOrder: AnswerOrder,
): boolean {
  const { host, namespace } = candidate.host;
  const place = answerOrder(host, namespace);
  const others = sameName.filter((each) => each.granted && each.host.namespace !== namespace);
  return (
    candidate.granted &&
    place >= 0 &&
    others.length > 0 &&
    others.every(
      (each) =>
        each.ports.every((port) => hasSamePort(candidate, each.host, port)) &&
        (each.host.managed || place < answerOrder(host, each.host.namespace)),
    )
  );
}

/**
 * True for a host of others that a wildcard imports on a port which no granted one of its name has. Istio makes clusters of one namespace's host only, and
 * where that is another one, calls on this port would fail.
 */
const isBroughtInAlone = (
  { host, granted, ports }: ImportedHost,
  sameName: readonly ImportedHost[],
): boolean =>
  !granted &&
  !host.managed &&
  ports.some(
    ({ number }) => !sameName.some((other) => grantedPorts(other).some((port) => port.number === number)),
  );

/** True for what we register for other intents and a wildcard imports along: Istio would use it instead of the host that is granted by its name. */
const isManagedForOthers = ({ host, granted }: ImportedHost): boolean => host.managed && !granted;

const dependentPorts = (dropped: ImportedHost, stays: ImportedHost): readonly DependentPort[] =>
  grantedPorts(dropped)
    .filter((port) => servesInstead(stays, dropped, port))
    .map(({ number }) => ({
      destination: dropped.destination,
      host: egressHost(dropped.host),
      port: number,
      keptHost: egressHost(stays.host),
    }));

function conflictsIn(
  { stays, dropped }: HostnameCollision,
  isExcludable: (host: ImportedHost) => boolean,
): readonly PortConflict[] {
  const conflicts = dropped.flatMap((host) => conflictsOf(host, [stays]));
  const canDrop =
    dropped.every((host) => !isBelowWildcard(host) || isExcludable(host)) ||
    dropped.every((host) => isAnsweredBy(stays, host) && !isManagedForOthers(host));
  // A host that can be neither dropped nor excluded may replace the one that stays.
  return canDrop ? conflicts : [...conflicts, ...conflictsOf(stays, dropped)];
}

/** The ports of a host that are unreachable if Istio uses one of the others instead. */
const conflictsOf = (imported: ImportedHost, others: readonly ImportedHost[]): readonly PortConflict[] =>
  grantedPorts(imported)
    .filter((port) => !others.every((candidate) => servesInstead(candidate, imported, port)))
    .map(({ number }): PortConflict => ({
      destination: imported.destination,
      host: egressHost(imported.host),
      port: number,
      reason: { kind: 'duplicateHost', hosts: [...new Set(others.map(({ host }) => egressHost(host)))] },
    }));

/** True if calls of the port reach the candidate as they would reach the host. */
const servesInstead = (candidate: ImportedHost, imported: ImportedHost, port: RegisteredPort): boolean =>
  hasSamePort(candidate, imported.host, port) ||
  replacesManaged(candidate, [imported]) ||
  (isAnsweredBy(candidate, imported) && candidate.ports.some(isSamePort(port)));

/** True if one entry grants both: the host of a whole namespace, and by name the registration that answers for it without intents. */
const isAnsweredBy = (candidate: ImportedHost, { destination }: ImportedHost): boolean =>
  isWildcard(destination.host) &&
  !isWildcard(candidate.destination.host) &&
  candidate.destination.grants.some(
    ({ intent, entry, targets }) =>
      destination.grants.some((grant) => grant.intent === intent && grant.entry === entry) &&
      // The target of an ExternalName Service outside the mesh is named without any port.
      targets.some(({ host, ports }) => host === candidate.destination.host && ports.length > 0),
  );

/** True if it makes no difference which of the two Istio uses. */
const areInterchangeable = (a: ImportedHost, b: ImportedHost): boolean =>
  a.ports.every((port) => hasSamePort(b, a.host, port)) &&
  b.ports.every((port) => hasSamePort(a, b.host, port));

/** True if the candidate has the port too, and Envoy matches calls for both hosts by name. */
const hasSamePort = (candidate: ImportedHost, host: RegisteredHost, port: RegisteredPort): boolean =>
  host.addressing === 'name' &&
  candidate.host.addressing === 'name' &&
  candidate.ports.some(isSamePort(port));
