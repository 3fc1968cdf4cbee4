// Merges the grants of one scope by host, so that each host is one destination with all the ports that may be called.
import {
  coversNamespace,
  egressHost,
  isBelow,
  isExternalWildcard,
  isWildcard,
} from '../../domain/istio/egress-host.ts';
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { byKey, sortedSet } from '../../domain/order.ts';
import { allowedPorts, type Grant, type Ports, type Target } from '../grants/grant.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { hostsGrantedBy, type Destination } from './destination.ts';

/** In order of host, without hosts that a wildcard for a namespace covers. `grants` are in order of age, oldest first. */
export function mergeGrants(
  platformHosts: readonly Pick<Target, 'host' | 'ports'>[],
  grants: readonly Grant[],
  registry: ServiceRegistry,
): readonly Destination[] {
  const byHost = new Map<string, MergedGrants>();
  for (const { host, ports } of platformHosts) merge(byHost, { host, ports, aliases: [] });
  for (const grant of grants) for (const target of grant.targets) merge(byHost, target, grant);
  const isGrantedByWildcard = wildcardGrants([...byHost.values()], registry);
  const destinations = Array.from(byHost.values(), (merged) =>
    destinationOf(merged, registry, isGrantedByWildcard),
  );
  return dropCovered(destinations).toSorted(byKey(({ host }) => host));
}

/** What all grants together allow of one host. */
type MergedGrants = {
  readonly host: string;
  readonly ports: Ports[];
  /** Of targets that give way. */
  readonly givingWay: Ports[];
  readonly aliases: string[];
  /** Each grant once: `merge` sees the targets of one grant in a row. */
  readonly grants: Grant[];
  readonly portGrants: { readonly grant: Grant; readonly ports: Ports }[];
};

function merge(
  byHost: Map<string, MergedGrants>,
  { host, ports, aliases, givesWay }: Target,
  grant?: Grant,
): void {
  const merged = byHost.get(host) ?? {
    host,
    ports: [],
    givingWay: [],
    aliases: [],
    grants: [],
    portGrants: [],
  };
  byHost.set(host, merged);
  (givesWay === true ? merged.givingWay : merged.ports).push(ports);
  merged.aliases.push(...aliases);
  if (grant === undefined) return;
  if (merged.grants.at(-1) !== grant) merged.grants.push(grant);
  merged.portGrants.push({ grant, ports });
}

/** True if a wildcard above the host grants the port, unless the client could choose the address for the host only. */
type GrantedByWildcard = (host: RegisteredHost, port: RegisteredPort) => boolean;

function wildcardGrants(mergedGrants: readonly MergedGrants[], registry: ServiceRegistry): GrantedByWildcard {
  const wildcards = mergedGrants
    .filter(({ host }) => isExternalWildcard(host))
    .flatMap(({ host, ports }) =>
      hostsGrantedBy({ host }, registry).map((registered) => ({ host, ports, registered })),
    );
  return (below, port) =>
    wildcards.some(
      ({ host, ports, registered }) =>
        isBelow(host, egressHost(below)) &&
        (registered.passthrough || !below.passthrough) &&
        ports.some((granted) => allowedPorts(granted, registered).some(isSamePort(port))),
    );
}

const destinationOf = (
  { host, ports, givingWay, aliases, grants, portGrants }: MergedGrants,
  registry: ServiceRegistry,
  isGrantedByWildcard: GrantedByWildcard,
): Destination => ({
  host,
  ...portUnion(host, [...ports, ...givingWay], () => hostsGrantedBy({ host }, registry), isGrantedByWildcard),
  givingWay: givingWay
    .flatMap((numbers) => (numbers === 'every' ? [] : numbers))
    .filter((port) => !ports.some((others) => others === 'every' || others.includes(port))),
  aliases: aliases.length === 0 ? aliases : sortedSet(aliases),
  grants,
  portGrants,
  covered: [],
});

const EVERY_PORT = { ports: 'every', complete: false } as const;

function portUnion(
  host: string,
  wanted: readonly Ports[],
  grantedHosts: () => readonly RegisteredHost[],
  isGrantedByWildcard: GrantedByWildcard,
): Pick<Destination, 'ports' | 'complete'> {
  if (wanted.includes('every')) return EVERY_PORT;
  const numbers = new Set<number>();
  for (const ports of wanted) if (ports !== 'every') for (const port of ports) numbers.add(port);
  const hosts = grantedHosts();
  const complete =
    numbers.size > 0 &&
    hosts.length > 0 &&
    hosts.every((registered) =>
      registered.ports.every((port) => numbers.has(port.number) || isGrantedByWildcard(registered, port)),
    );
  if (complete && (isWildcard(host) || hosts.every(({ managed }) => managed))) return EVERY_PORT;
  return { ports: [...numbers].toSorted((a, b) => a - b), complete };
}

/**
 * A wildcard that grants whole Services covers the hosts below it: `blue/*`, and `red/*.red.svc.cluster.local` for the Services of the
 * namespace itself. The wildcard of an external host covers nothing, since it grants only its own ports.
 */
function dropCovered(destinations: readonly Destination[]): readonly Destination[] {
  const wildcards = destinations.filter(({ host }) => coversNamespace(host));
  if (wildcards.length === 0) return destinations;
  const coveringWildcard = ({ host }: Destination): Destination | undefined =>
    wildcards.find((wildcard) => wildcard.host !== host && isBelow(wildcard.host, host));
  const listed = destinations.filter((destination) => coveringWildcard(destination) === undefined);
  return listed.map((destination) => {
    const covered = destinations.filter((candidate) => coveringWildcard(candidate) === destination);
    return {
      ...destination,
      aliases: sortedSet([...destination.aliases, ...covered.flatMap(({ aliases }) => aliases)]),
      covered,
    };
  });
}
