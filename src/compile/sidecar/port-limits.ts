// Which destinations are limited to some of their ports, and the kind of listener that each such port gets. A limit is kept also where
// the ports are all that the host has, so that one which it gains later is closed even while nobody is there to write.
import type { RegistryHost } from '../../domain/istio/registered-host.ts';
import { reachableOf, type Destination, type Rank } from './destination.ts';
import { isPattern, listed } from '../../domain/istio/egress-host.ts';
import { planPort, type Member, type PortPlan } from './port-listener.ts';
import type { Registry } from '../mesh/service-registry.ts';

type Limits = {
  /** Those that came in; some of them no longer limited. */
  readonly destinations: readonly Destination[];
  /** In order of port. */
  readonly planned: readonly Planned[];
  /** Those behind which there is a host that no listener for a port may name. */
  readonly udpFirst: ReadonlySet<Destination>;
};

/** A number that needs a listener of its own, and all that is granted on it. */
export type Planned = { readonly port: number; readonly here: readonly Member[]; readonly plan: PortPlan };

type Ground = {
  readonly registry: Registry;
  readonly rank: Rank;
  /** `~namespace/host` of what patterns do not import. */
  readonly excluded: ReadonlySet<string>;
};

export const isLimited = ({ ports }: Destination): boolean => ports !== 'every';

/**
 * A limit to all the ports that a host has must cost nobody a port: where it would, and where any listener of its ports loses
 * something, the host is listed whole instead. So nothing is lost that would not be lost without it.
 */
export function limit(destinations: readonly Destination[], ground: Ground): Limits {
  if (!destinations.some(isLimited)) return { destinations, planned: [], udpFirst: new Set() };
  const members = membersOf(destinations, ground);
  const planned = plansFor(members, ground.rank);
  const costly = new Set(
    planned
      .filter(({ plan }) => plan.lost.length > 0)
      .flatMap(({ here }) => here.map(({ destination }) => destination).filter(({ complete }) => complete)),
  );
  if (costly.size === 0) {
    const udpFirst = members.flatMap(({ member }) => (member.udpFirst ? [member.destination] : []));
    return { destinations, planned, udpFirst: new Set(udpFirst) };
  }
  return limit(
    destinations.map((one) => (costly.has(one) ? { ...one, ports: 'every', complete: false } : one)),
    ground,
  );
}

function plansFor(members: readonly Placed[], rank: Rank): readonly Planned[] {
  return [...Map.groupBy(members, ({ port }) => port)]
    .map(([port, placed]) => ({ port, here: placed.map(({ member }) => member) }))
    .filter(({ here }) => here.some(({ limited, guest }) => limited && !guest))
    .map(({ port, here }) => ({ port, here, plan: planPort(here, rank) }))
    .toSorted((a, b) => a.port - b.port);
}

type Placed = { readonly port: number; readonly member: Member };

function membersOf(
  destinations: readonly Destination[],
  { registry, excluded }: Pick<Ground, 'registry' | 'excluded'>,
): readonly Placed[] {
  const isImported = (destination: Destination, host: RegistryHost): boolean =>
    !isPattern(destination.host) || !excluded.has(`~${listed(host)}`);
  const reachable = reachableOf(destinations, registry);
  const ours = new Set(reachable.flatMap(({ host }) => (host.managed ? [listed(host)] : [])));
  return reachable
    .filter(({ destination, host }) => isImported(destination, host))
    .flatMap(({ destination, host, ports }) =>
      ports.map((port): Placed => ({
        port: port.number,
        member: {
          destination,
          host,
          class: port.class,
          limited: isLimited(destination),
          udpFirst: host.udpFirst.length > 0,
          guest: !host.managed && ours.has(listed(host)),
        },
      })),
    );
}
