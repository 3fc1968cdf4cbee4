// Decides which destinations are limited to some of their ports, and which listener each such port gets. A limit that names every port of a
// host stays in force unless its listener would make another host unreachable: so a port that the host gains later is closed even while no
// controller runs.
import { egressHost, isWildcard } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import {
  hostsBelowWildcards,
  reachableHosts,
  type Destination,
  type GrantAge,
  type ReachableHost,
} from './destination.ts';
import { portListener, type HostOnPort, type PortListener } from './port-listener.ts';

type LimitedPorts = {
  /** The same destinations, some of them no longer limited. */
  readonly destinations: readonly Destination[];
  /** In order of port. */
  readonly planned: readonly PlannedPort[];
  /** Destinations with a host that no listener for a port may name. */
  readonly udpFirst: ReadonlySet<Destination>;
};

/** A port number that needs a listener, and every host that is granted on it. */
export type PlannedPort = {
  readonly port: number;
  readonly hosts: readonly HostOnPort[];
  readonly listener: PortListener;
};

type LimitContext = {
  readonly registry: ServiceRegistry;
  readonly age: GrantAge;
  /** Exclusions (`~namespace/host`) of hosts that no wildcard imports. */
  readonly exclusions: readonly string[];
  readonly isTlsRouted: IsTlsRouted;
};

/** True if a VirtualService that Istio would import for the host has tls routes for the port. */
export type IsTlsRouted = (
  host: { readonly destination: Destination; readonly host: RegisteredHost },
  port: number,
) => boolean;

export const isLimited = ({ ports }: Destination): boolean => ports !== 'every';

/**
 * Plans a listener for each port of the limited destinations. If a limit names every port that a host has, it only keeps future ports closed:
 * the limit is dropped where a listener of one of its ports leaves a host unreachable.
 */
export function limitPorts(destinations: readonly Destination[], context: LimitContext): LimitedPorts {
  if (!destinations.some(isLimited)) return { destinations, planned: [], udpFirst: new Set() };
  const hosts = hostsOnPorts(destinations, context);
  const planned = planPorts(hosts, context.age);
  const dropped = new Set(
    planned
      .filter(({ listener }) => listener.unreachable.length > 0)
      .flatMap((plannedPort) => plannedPort.hosts.map(({ destination }) => destination))
      .filter(({ complete }) => complete),
  );
  if (dropped.size === 0) {
    const udpFirst = hosts.flatMap((host) => (host.udpFirst ? [host.destination] : []));
    return { destinations, planned, udpFirst: new Set(udpFirst) };
  }
  return limitPorts(
    destinations.map((destination) =>
      dropped.has(destination) ? { ...destination, ports: 'every', complete: false } : destination,
    ),
    context,
  );
}

function planPorts(hosts: readonly HostOnPort[], age: GrantAge): readonly PlannedPort[] {
  return [...Map.groupBy(hosts, ({ port }) => port.number)]
    .filter(([, onPort]) => onPort.some(({ limited, importedAlong }) => limited && !importedAlong))
    .map(([port, onPort]) => ({ port, hosts: onPort, listener: portListener(onPort, age) }))
    .toSorted((a, b) => a.port - b.port);
}

function hostsOnPorts(
  destinations: readonly Destination[],
  { registry, exclusions, isTlsRouted }: Omit<LimitContext, 'age'>,
): readonly HostOnPort[] {
  const excluded = new Set(exclusions);
  const isImported = ({ destination, host }: ReachableHost): boolean =>
    !isWildcard(destination.host) || !excluded.has(`~${egressHost(host)}`);
  const reachable = reachableHosts(destinations, registry);
  const managed = new Set(reachable.flatMap(({ host }) => (host.managed ? [egressHost(host)] : [])));
  const onEachPort = ({ destination, host, ports }: ReachableHost, importedAlong: boolean) =>
    ports.map((port) => ({
      destination,
      host,
      port,
      limited: isLimited(destination),
      udpFirst: host.udpFirst.length > 0,
      tlsRouted: port.class === 'tcp' && isTlsRouted({ destination, host }, port.number),
      givesWay: destination.givingWay.includes(port.number),
      importedAlong,
    }));
  return [
    ...reachable
      .filter(isImported)
      .flatMap((each) => onEachPort(each, !each.host.managed && managed.has(egressHost(each.host)))),
    ...hostsBelowWildcards(destinations, registry)
      .filter(isImported)
      .flatMap((each) => onEachPort(each, true)),
  ];
}
