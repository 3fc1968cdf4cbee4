// Which destinations are limited to some of their ports, and the kind of listener that each such port gets. A limit is kept also where
// the ports are all that the host has, so that one which it gains later is closed even while nobody is there to write.
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import { reachableHosts, type Destination, type GrantAge } from './destination.ts';
import { isWildcard, egressHost } from '../../domain/istio/egress-host.ts';
import { portListener, type Member, type PortListener } from './port-listener.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';

type Limits = {
  /** Those that came in; some of them no longer limited. */
  readonly destinations: readonly Destination[];
  /** In order of port. */
  readonly planned: readonly PlannedPort[];
  /** Those behind which there is a host that no listener for a port may name. */
  readonly udpFirst: ReadonlySet<Destination>;
};

/** A number that needs a listener of its own, and all that is granted on it. */
export type PlannedPort = {
  readonly port: number;
  readonly members: readonly Member[];
  readonly listener: PortListener;
};

type LimitContext = {
  readonly registry: ServiceRegistry;
  readonly age: GrantAge;
  /** `~namespace/host` of what patterns do not import. */
  readonly excluded: ReadonlySet<string>;
};

export const isLimited = ({ ports }: Destination): boolean => ports !== 'every';

/**
 * A limit to all the ports that a host has must cost nobody a port: where it would, and where any listener of its ports loses
 * something, the host is listed whole instead. So nothing is lost that would not be lost without it.
 */
export function limitPorts(destinations: readonly Destination[], ground: LimitContext): Limits {
  if (!destinations.some(isLimited)) return { destinations, planned: [], udpFirst: new Set() };
  const members = membersOf(destinations, ground);
  const planned = planPorts(members, ground.age);
  const costly = new Set(
    planned
      .filter(({ listener }) => listener.unreachable.length > 0)
      .flatMap((port) => port.members.map(({ destination }) => destination))
      .filter(({ complete }) => complete),
  );
  if (costly.size === 0) {
    const udpFirst = members.flatMap(({ member }) => (member.udpFirst ? [member.destination] : []));
    return { destinations, planned, udpFirst: new Set(udpFirst) };
  }
  return limitPorts(
    destinations.map((one) => (costly.has(one) ? { ...one, ports: 'every', complete: false } : one)),
    ground,
  );
}

function planPorts(members: readonly PortMember[], rank: GrantAge): readonly PlannedPort[] {
  return [...Map.groupBy(members, ({ port }) => port)]
    .map(([port, onPort]) => ({ port, members: onPort.map(({ member }) => member) }))
    .filter((one) => one.members.some(({ limited, foreignDuplicate }) => limited && !foreignDuplicate))
    .map((one) => ({ ...one, listener: portListener(one.members, rank) }))
    .toSorted((a, b) => a.port - b.port);
}

type PortMember = { readonly port: number; readonly member: Member };

function membersOf(
  destinations: readonly Destination[],
  { registry, excluded }: Pick<LimitContext, 'registry' | 'excluded'>,
): readonly PortMember[] {
  const isImported = (destination: Destination, host: RegisteredHost): boolean =>
    !isWildcard(destination.host) || !excluded.has(`~${egressHost(host)}`);
  const reachable = reachableHosts(destinations, registry);
  const ours = new Set(reachable.flatMap(({ host }) => (host.managed ? [egressHost(host)] : [])));
  return reachable
    .filter(({ destination, host }) => isImported(destination, host))
    .flatMap(({ destination, host, ports }) =>
      ports.map((port): PortMember => ({
        port: port.number,
        member: {
          destination,
          host,
          class: port.class,
          limited: isLimited(destination),
          udpFirst: host.udpFirst.length > 0,
          foreignDuplicate: !host.managed && ours.has(egressHost(host)),
        },
      })),
    );
}
