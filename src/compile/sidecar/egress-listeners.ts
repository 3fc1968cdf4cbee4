// The egress listeners of one scope. One without a port is enough as long as each destination may be called on every port it
// has; a destination that is limited to some of its ports needs a listener for each of them.
import type { Features } from '../../domain/features.ts';
import { sortedSet } from '../../domain/order.ts';
import type { Destination, GrantAge, PortConflict } from './destination.ts';
import { spoofableHosts, type SpoofableHost } from './spoofable-hosts.ts';
import { canonicalEgressHosts, isBelow, isWildcard, egressHost } from '../../domain/istio/egress-host.ts';
import { dropHostnameCollisions, type DependentPort } from './hostname-collisions.ts';
import { isLimited, limitPorts, type PlannedPort } from './port-limits.ts';
import { portListener, type ListenerKind, type Member } from './port-listener.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { dropTcpCollisions } from './tcp-port-collisions.ts';
import { narrowWildcards, type NarrowedWildcards } from './wildcard-hosts.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';

export type EgressListeners = {
  readonly egress: readonly EgressListener[];
  readonly conflicts: readonly PortConflict[];
  readonly spoofable: readonly SpoofableHost[];
};

/** Says nothing but "nothing". An empty list of hosts is refused by Istio, and an empty `egress` imports the whole mesh. */
const NOTHING: readonly EgressListener[] = [{ hosts: ['~/*'] }];

/** `destinations` are in order of host. `keptOut` are exclusions to be listed beside every pattern of their namespace. */
export function egressListeners(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  features: Features,
  rank: GrantAge,
  keptOut: readonly string[],
): EgressListeners {
  const namesakes = dropHostnameCollisions(destinations, registry, features, rank);
  const names = dropTcpCollisions(namesakes.destinations, registry, rank);
  const narrowed = narrowWildcards(names.destinations, registry, features);
  const {
    destinations: limited,
    planned,
    udpFirst,
  } = limitPorts(narrowed.destinations, { registry, rank, excluded: new Set(namesakes.exclusions) });
  const exclusions = [...namesakes.exclusions, ...keptOut];
  const egress = [
    ...planned.flatMap((one) => listenerOf(one, udpFirst, [...exclusions, ...narrowed.exclusions])),
    ...portlessListener({ ...narrowed, destinations: limited }, exclusions),
  ];
  const losses = [
    ...namesakes.conflicts,
    ...names.conflicts,
    ...planned.flatMap((one) => one.listener.unreachable.map((member) => conflictOf(member, one))),
  ];
  return {
    egress: egress.length === 0 ? NOTHING : egress,
    spoofable: [...narrowed.spoofable, ...spoofableHosts(narrowed.destinations, registry)],
    conflicts: [...losses, ...namesakes.dependents.flatMap((one) => conflictsOfDependent(one, losses))],
  };
}

/** What is lost because the namesake that it relies on has lost it. */
const conflictsOfDependent = (
  { on, ...relying }: DependentPort,
  losses: readonly PortConflict[],
): readonly PortConflict[] =>
  losses
    .filter(({ host, port }) => host === on && port === relying.port)
    .map(({ reason }) => ({ ...relying, reason }));

/** The listener without a port, for all that is not limited. */
function portlessListener(
  { destinations, exclusions }: NarrowedWildcards,
  kept: readonly string[],
): readonly EgressListener[] {
  const whole = destinations.filter((destination) => !isLimited(destination));
  if (whole.length === 0) return [];
  const hosts = whole.flatMap(({ host, aliases }) => [host, ...aliases]);
  return [{ hosts: canonicalEgressHosts([...hosts, ...exclusions, ...exclusionsWithin(hosts, kept)]) }];
}

/** What is listed by name is not to be shut out. */
const exclusionsNotListed = (exclusions: readonly string[], hosts: readonly string[]): readonly string[] =>
  exclusions.filter((exclusion) => !hosts.includes(exclusion.slice(1)));

/** Those exclusions that keep something out of one of the patterns. */
const exclusionsWithin = (hosts: readonly string[], exclusions: readonly string[]): readonly string[] =>
  exclusions.filter((exclusion) =>
    hosts.some((host) => isWildcard(host) && isBelow(host, exclusion.slice(1))),
  );

const LISTENER_PROTOCOLS = {
  HTTP: 'HTTP',
  TCP: 'TCP',
  'TCP-any': 'TCP',
  TLS: 'TLS',
  sniffed: undefined,
} as const satisfies Record<ListenerKind, string | undefined>;

function listenerOf(
  { port, listener: { kind, listed: named, unreachable } }: PlannedPort,
  udpFirst: ReadonlySet<Destination>,
  exclusions: readonly string[],
): readonly EgressListener[] {
  if (named.length === 0) return [];
  const partly = new Set([...udpFirst, ...unreachable.map(({ destination }) => destination)]);
  const hosts = named.flatMap(({ destination, host }) => [
    // Only a listener for HTTP may hold a pattern, and only one of which nothing must stay out.
    kind === 'HTTP' && !partly.has(destination) ? destination.host : egressHost(host),
    ...destination.aliases,
  ]);
  const protocol = LISTENER_PROTOCOLS[kind];
  const name = `${protocol?.toLowerCase() ?? 'sniffed'}-${port}`;
  return [
    {
      port: { number: port, name, ...(protocol === undefined ? {} : { protocol }) },
      hosts: canonicalEgressHosts([
        ...hosts,
        ...exclusionsWithin(hosts, exclusionsNotListed(exclusions, hosts)),
      ]),
    },
  ];
}

function conflictOf(member: Member, { port, members, listener }: PlannedPort): PortConflict {
  const { destination, host, udpFirst } = member;
  const loss = { destination, host: egressHost(host), port };
  if (udpFirst) return { ...loss, reason: { kind: 'udpPort' } };
  if (portListener([member], () => 0).unreachable.length > 0)
    return { ...loss, reason: { kind: 'headless' } };
  const rivals = members.filter((other) => !other.foreignDuplicate && !listener.unreachable.includes(other));
  const hosts = sortedSet(rivals.map((other) => egressHost(other.host)));
  return { ...loss, reason: { kind: 'listenerConflict', hosts } };
}
