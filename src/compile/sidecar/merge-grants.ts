// Gathers what the grants of one scope wish of each host, so that each host is one destination, with the ports that may be called.
import { byKey, sortedSet } from '../../domain/order.ts';
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { hostsBehind, type Destination } from './destination.ts';
import { allowedPorts, type Grant, type Ports, type Target } from '../grants/grant.ts';
import {
  isBelow,
  isWildcard,
  coversNamespace,
  isExternalWildcard,
  egressHost,
} from '../../domain/istio/egress-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';

/** In order of host. A host that a whole namespace covers is left out. `grants` come the oldest first. */
export function mergeGrants(
  platformHosts: readonly string[],
  grants: readonly Grant[],
  registry: ServiceRegistry,
): readonly Destination[] {
  const wishes = new Map<string, MergedGrants>();
  for (const host of platformHosts) merge(wishes, { host, ports: 'every', aliases: [] });
  for (const grant of grants) for (const target of grant.targets) merge(wishes, target, grant);
  const isGrantedAnyway = wildcardGrants([...wishes.values()], registry);
  const destinations = Array.from(wishes.values(), (own) => destinationOf(own, registry, isGrantedAnyway));
  return dropCovered(destinations).toSorted(byKey(({ host }) => host));
}

/** All that is wished of one host. */
type MergedGrants = {
  readonly host: string;
  readonly ports: Ports[];
  readonly aliases: string[];
  /** Each once: the targets of one grant come in a row. */
  readonly grants: Grant[];
};

function merge(wishes: Map<string, MergedGrants>, { host, ports, aliases }: Target, grant?: Grant): void {
  const own = wishes.get(host) ?? { host, ports: [], aliases: [], grants: [] };
  wishes.set(host, own);
  own.ports.push(ports);
  own.aliases.push(...aliases);
  if (grant !== undefined && own.grants.at(-1) !== grant) own.grants.push(grant);
}

/** Whether a port of a host is granted by a wildcard that the host is below, which proves no more of the address than the host does. */
type GrantedByWildcard = (host: RegisteredHost, port: RegisteredPort) => boolean;

function wildcardGrants(wishes: readonly MergedGrants[], registry: ServiceRegistry): GrantedByWildcard {
  const wildcards = wishes
    .filter(({ host }) => isExternalWildcard(host))
    .flatMap(({ host, ports }) => hostsBehind({ host }, registry).map((own) => ({ host, ports, own })));
  return (below, port) =>
    wildcards.some(
      ({ host, ports, own }) =>
        isBelow(host, egressHost(below)) &&
        (own.passthrough || !below.passthrough) &&
        ports.some((some) => allowedPorts(some, own).some(isSamePort(port))),
    );
}

const destinationOf = (
  { host, ports, aliases, grants }: MergedGrants,
  registry: ServiceRegistry,
  isGrantedAnyway: GrantedByWildcard,
): Destination => ({
  host,
  ...portUnion(host, ports, () => hostsBehind({ host }, registry), isGrantedAnyway),
  aliases: aliases.length === 0 ? aliases : sortedSet(aliases),
  grants,
  covered: [],
});

const EVERY_PORT = { ports: 'every', complete: false } as const;

function portUnion(
  host: string,
  wanted: readonly Ports[],
  behind: () => readonly RegisteredHost[],
  isGrantedAnyway: GrantedByWildcard,
): Pick<Destination, 'ports' | 'complete'> {
  if (wanted.includes('every')) return EVERY_PORT;
  const singled = new Set<number>();
  for (const ports of wanted) if (ports !== 'every') for (const port of ports) singled.add(port);
  const known = behind();
  const complete =
    singled.size > 0 &&
    known.length > 0 &&
    known.every((one) => one.ports.every((port) => singled.has(port.number) || isGrantedAnyway(one, port)));
  if (complete && (isWildcard(host) || known.every(({ managed }) => managed))) return EVERY_PORT;
  return { ports: [...singled].toSorted((a, b) => a - b), complete };
}

/**
 * A pattern that grants whole Services swallows the single ones below it: `blue/*`, and `red/*.red.svc.cluster.local` for the
 * Services of the own namespace. A wildcard of outside hosts swallows nothing, since it grants its own ports only.
 */
function dropCovered(destinations: readonly Destination[]): readonly Destination[] {
  const patterns = destinations.filter(({ host }) => coversNamespace(host));
  if (patterns.length === 0) return destinations;
  const eater = ({ host }: Destination): Destination | undefined =>
    patterns.find((pattern) => pattern.host !== host && isBelow(pattern.host, host));
  const kept = destinations.filter((destination) => eater(destination) === undefined);
  return kept.map((destination) => {
    const eaten = destinations.filter((other) => eater(other) === destination);
    return {
      ...destination,
      aliases: sortedSet([...destination.aliases, ...eaten.flatMap(({ aliases }) => aliases)]),
      covered: eaten,
    };
  });
}
