// The egress listeners of one scope. A listener without a port is enough while each destination may be called on every port that it has; a
// destination that is limited to some of its ports needs a listener for each of them.
import type { Features } from '../../domain/features.ts';
import { canonicalEgressHosts, egressHost, isBelow, isWildcard } from '../../domain/istio/egress-host.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';
import { sortedSet } from '../../domain/order.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import type { Destination, GrantAge, PortConflict } from './destination.ts';
import { dropHostnameCollisions, type AnswerOrder, type DependentPort } from './hostname-collisions.ts';
import { declaredProtocol, withoutFilter } from './listener-protocol.ts';
import { portListener, type HostOnPort } from './port-listener.ts';
import { isLimited, limitPorts, type IsTlsRouted, type PlannedPort } from './port-limits.ts';
import { spoofableHosts, type SpoofableHost } from './spoofable-hosts.ts';
import { dropTcpCollisions } from './tcp-port-collisions.ts';
import { narrowWildcards, type IsOutanswered } from './wildcard-hosts.ts';

/** A listener, and the destinations for which it exists. */
export type ScopeListener = { readonly spec: EgressListener; readonly destinations: readonly Destination[] };

/** The listener with further hosts, for the same destinations; the very same if there are none. */
export function withFurtherHosts(listener: ScopeListener, further: readonly string[]): ScopeListener {
  if (further.length === 0) return listener;
  const hosts = canonicalEgressHosts([...listener.spec.hosts, ...further]);
  return { ...listener, spec: { ...listener.spec, hosts } };
}

export type EgressListeners = {
  /** In order of port; the listener without a port comes last. */
  readonly listeners: readonly ScopeListener[];
  readonly conflicts: readonly PortConflict[];
  readonly spoofable: readonly SpoofableHost[];
  /** Hosts on ports whose listener detects HTTP, so that Envoy serves their HTTP at their addresses only. */
  readonly sniffed: readonly HostOnPort[];
  /** Hosts for whose protocol Envoy has a filter without intents, but not in the listener of the port. */
  readonly unfiltered: readonly HostOnPort[];
};

/** Imports nothing. Istio refuses an empty list of hosts, and an empty `egress` imports the whole mesh. */
const IMPORT_NOTHING: ScopeListener = { spec: { hosts: ['~/*'] }, destinations: [] };

/** What VirtualServices and ServiceEntries of others mean for the listeners. */
export type ForeignObjects = {
  /** Of VirtualServices, listed together with every wildcard of their namespace: `~namespace/host`. */
  readonly exclusions: readonly string[];
  readonly isTlsRouted: IsTlsRouted;
  readonly answerOrder: AnswerOrder;
  readonly isOutanswered: IsOutanswered;
};

/** `destinations` are in order of host. */
export function egressListeners(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  features: Features,
  age: GrantAge,
  foreign: ForeignObjects,
): EgressListeners {
  const byHostname = dropHostnameCollisions(destinations, registry, features, age, foreign.answerOrder);
  const byTcpPort = dropTcpCollisions(byHostname.destinations, registry, features, age);
  const collisionExclusions = [...byHostname.exclusions, ...byTcpPort.exclusions];
  const narrowed = narrowWildcards(byTcpPort.destinations, registry, features, foreign.isOutanswered);
  const limits = limitPorts(narrowed.destinations, {
    registry,
    age,
    exclusions: [...collisionExclusions, ...narrowed.exclusions],
    isTlsRouted: foreign.isTlsRouted,
  });
  const exclusions = [...collisionExclusions, ...foreign.exclusions, ...narrowed.exclusions];
  const listeners = [
    ...limits.planned.flatMap((planned) => listenerForPort(planned, limits.udpFirst, exclusions)),
    ...portlessListener(limits.destinations, exclusions),
  ];
  const conflicts = [
    ...byHostname.conflicts,
    ...byTcpPort.conflicts,
    ...narrowed.conflicts,
    ...limits.planned.flatMap(portConflictsOf),
  ];
  return {
    ...readOtherwise(limits.planned),
    listeners: listeners.length === 0 ? [IMPORT_NOTHING] : listeners,
    spoofable: [...narrowed.spoofable, ...spoofableHosts(narrowed.destinations, registry)],
    conflicts: [
      ...conflicts,
      ...byHostname.dependents.flatMap((dependent) => conflictsOfDependent(dependent, conflicts)),
    ],
  };
}

const readOtherwise = (planned: readonly PlannedPort[]): Pick<EgressListeners, 'sniffed' | 'unfiltered'> => ({
  sniffed: planned
    .filter(({ listener }) => listener.kind === 'sniffed')
    .flatMap(({ listener }) => listener.listed)
    .filter(({ port }) => port.class === 'http'),
  unfiltered: planned.flatMap(({ listener }) => withoutFilter(listener)),
});

/** A host that depends on another one of the same name is unreachable where that one is. */
const conflictsOfDependent = (
  { keptHost, ...dependent }: DependentPort,
  conflicts: readonly PortConflict[],
): readonly PortConflict[] =>
  conflicts
    .filter(({ host, port }) => host === keptHost && port === dependent.port)
    .map(({ reason }) => ({ ...dependent, reason }));

/** The listener without a port, for the destinations that are not limited. */
function portlessListener(
  destinations: readonly Destination[],
  exclusions: readonly string[],
): readonly ScopeListener[] {
  const unlimited = destinations.filter((destination) => !isLimited(destination));
  if (unlimited.length === 0) return [];
  const hosts = unlimited.flatMap(({ host, aliases }) => [host, ...aliases]);
  const listed = [...hosts, ...exclusionsWithin(hosts, exclusions)];
  return [{ spec: { hosts: canonicalEgressHosts(listed) }, destinations: unlimited }];
}

/** Exclusions of hosts that are not listed by name. */
const exclusionsNotListed = (exclusions: readonly string[], hosts: readonly string[]): readonly string[] =>
  exclusions.filter((exclusion) => !hosts.includes(exclusion.slice(1)));

/** Exclusions of hosts below a listed wildcard. */
const exclusionsWithin = (hosts: readonly string[], exclusions: readonly string[]): readonly string[] =>
  exclusions.filter((exclusion) =>
    hosts.some((host) => isWildcard(host) && isBelow(host, exclusion.slice(1))),
  );

function listenerForPort(
  { port, listener }: PlannedPort,
  udpFirst: ReadonlySet<Destination>,
  exclusions: readonly string[],
): readonly ScopeListener[] {
  const { kind, listed, unreachable } = listener;
  if (listed.length === 0) return [];
  const partlyListed = new Set([...udpFirst, ...unreachable.map(({ destination }) => destination)]);
  const hosts = listed.flatMap(({ destination, host }) => [
    // Only an HTTP listener may list a wildcard, and only a wildcard of which every host may be in the listener.
    kind === 'HTTP' && !partlyListed.has(destination) ? destination.host : egressHost(host),
    ...destination.aliases,
  ]);
  const excluded = exclusionsWithin(hosts, exclusionsNotListed(exclusions, hosts));
  const protocol = declaredProtocol(listener);
  const name = `${protocol?.toLowerCase() ?? 'sniffed'}-${port}`;
  return [
    {
      spec: {
        port: { number: port, name, ...(protocol === undefined ? {} : { protocol }) },
        hosts: canonicalEgressHosts([...hosts, ...excluded]),
      },
      destinations: listed.map(({ destination }) => destination),
    },
  ];
}

const portConflictsOf = (planned: PlannedPort): readonly PortConflict[] =>
  planned.listener.unreachable.map((host) => portConflictOf(host, planned));

function portConflictOf(unreachable: HostOnPort, { port, hosts, listener }: PlannedPort): PortConflict {
  const { destination, host, udpFirst } = unreachable;
  const conflict = { destination, host: egressHost(host), port };
  if (udpFirst) return { ...conflict, reason: { kind: 'udpPort' } };
  if (!host.nameable) return { ...conflict, reason: { kind: 'notNameable' } };
  const isUnreachableAlone = portListener([unreachable], () => 0).unreachable.length > 0;
  if (isUnreachableAlone) return { ...conflict, reason: { kind: 'headless' } };
  const reachable = hosts.filter(
    (candidate) => !candidate.importedAlong && !listener.unreachable.includes(candidate),
  );
  const conflicting = sortedSet(reachable.map((candidate) => egressHost(candidate.host)));
  return { ...conflict, reason: { kind: 'listenerConflict', hosts: conflicting } };
}
