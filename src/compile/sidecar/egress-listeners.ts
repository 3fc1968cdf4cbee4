// The egress listeners of one scope. One without a port is enough as long as each destination may be called on every port it
// has; a destination that is limited to some of its ports needs a listener for each of them.
import type { Features } from '../../domain/features.ts';
import { sortedSet } from '../../domain/order.ts';
import type { Destination, Rank, Loss } from './destination.ts';
import { forgeableIn, type Spoofable } from './spoofable-hosts.ts';
import { canonicalHosts, isBelow, isPattern, listed } from '../../domain/istio/egress-host.ts';
import { settleNamesakes, type Relying } from './hostname-collisions.ts';
import { isLimited, limit, type Planned } from './port-limits.ts';
import { planPort, type ListenerKind, type Member } from './port-listener.ts';
import type { Registry } from '../mesh/service-registry.ts';
import { settleTcpNames } from './tcp-port-collisions.ts';
import { narrowWildcards, type Narrowed } from './wildcard-hosts.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';

export type Listeners = {
  readonly egress: readonly EgressListener[];
  readonly losses: readonly Loss[];
  readonly spoofable: readonly Spoofable[];
};

/** Says nothing but "nothing". An empty list of hosts is refused by Istio, and an empty `egress` imports the whole mesh. */
const NOTHING: readonly EgressListener[] = [{ hosts: ['~/*'] }];

/** `destinations` are in order of host. `keptOut` are exclusions to be listed beside every pattern of their namespace. */
export function listenersOf(
  destinations: readonly Destination[],
  registry: Registry,
  features: Features,
  rank: Rank,
  keptOut: readonly string[],
): Listeners {
  const namesakes = settleNamesakes(destinations, registry, features, rank);
  const names = settleTcpNames(namesakes.destinations, registry, rank);
  const narrowed = narrowWildcards(names.destinations, registry, features);
  const {
    destinations: limited,
    planned,
    udpFirst,
  } = limit(narrowed.destinations, { registry, rank, excluded: new Set(namesakes.exclusions) });
  const exclusions = [...namesakes.exclusions, ...keptOut];
  const egress = [
    ...planned.flatMap((one) => listenerOf(one, udpFirst, [...exclusions, ...narrowed.exclusions])),
    ...catchAllOf({ ...narrowed, destinations: limited }, exclusions),
  ];
  const losses = [
    ...namesakes.losses,
    ...names.losses,
    ...planned.flatMap((one) => one.plan.lost.map((member) => lossOf(member, one))),
  ];
  return {
    egress: egress.length === 0 ? NOTHING : egress,
    spoofable: [...narrowed.spoofable, ...forgeableIn(narrowed.destinations, registry)],
    losses: [...losses, ...namesakes.relying.flatMap((one) => lossesWith(one, losses))],
  };
}

/** What is lost because the namesake that it relies on has lost it. */
const lossesWith = ({ on, ...relying }: Relying, losses: readonly Loss[]): readonly Loss[] =>
  losses
    .filter(({ host, port }) => host === on && port === relying.port)
    .map(({ because }) => ({ ...relying, because }));

/** The listener without a port, for all that is not limited. */
function catchAllOf(
  { destinations, exclusions }: Narrowed,
  kept: readonly string[],
): readonly EgressListener[] {
  const whole = destinations.filter((destination) => !isLimited(destination));
  if (whole.length === 0) return [];
  const hosts = whole.flatMap(({ host, aliases }) => [host, ...aliases]);
  return [{ hosts: canonicalHosts([...hosts, ...exclusions, ...excludedFrom(hosts, kept)]) }];
}

/** What is listed by name is not to be shut out. */
const without = (exclusions: readonly string[], hosts: readonly string[]): readonly string[] =>
  exclusions.filter((exclusion) => !hosts.includes(exclusion.slice(1)));

/** Those exclusions that keep something out of one of the patterns. */
const excludedFrom = (hosts: readonly string[], exclusions: readonly string[]): readonly string[] =>
  exclusions.filter((exclusion) =>
    hosts.some((host) => isPattern(host) && isBelow(host, exclusion.slice(1))),
  );

const PROTOCOLS = {
  HTTP: 'HTTP',
  TCP: 'TCP',
  'TCP-any': 'TCP',
  TLS: 'TLS',
  sniffed: undefined,
} as const satisfies Record<ListenerKind, string | undefined>;

function listenerOf(
  { port, plan: { kind, listed: named, lost } }: Planned,
  udpFirst: ReadonlySet<Destination>,
  exclusions: readonly string[],
): readonly EgressListener[] {
  if (named.length === 0) return [];
  const partly = new Set([...udpFirst, ...lost.map(({ destination }) => destination)]);
  const hosts = named.flatMap(({ destination, host }) => [
    // Only a listener for HTTP may hold a pattern, and only one of which nothing must stay out.
    kind === 'HTTP' && !partly.has(destination) ? destination.host : listed(host),
    ...destination.aliases,
  ]);
  const protocol = PROTOCOLS[kind];
  const name = `${protocol?.toLowerCase() ?? 'sniffed'}-${port}`;
  return [
    {
      port: { number: port, name, ...(protocol === undefined ? {} : { protocol }) },
      hosts: canonicalHosts([...hosts, ...excludedFrom(hosts, without(exclusions, hosts))]),
    },
  ];
}

function lossOf(member: Member, { port, here, plan }: Planned): Loss {
  const { destination, host, udpFirst } = member;
  const loss = { destination, host: listed(host), port };
  if (udpFirst) return { ...loss, because: { kind: 'udp-first' } };
  if (planPort([member], () => 0).lost.length > 0) return { ...loss, because: { kind: 'endpoints' } };
  const rivals = here.filter((other) => !other.guest && !plan.lost.includes(other));
  const hosts = sortedSet(rivals.map((other) => listed(other.host)));
  return { ...loss, because: { kind: 'clash', hosts } };
}
