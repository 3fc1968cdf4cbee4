// Gathers what the grants of one scope wish of each host, so that each host is one destination, with the ports that may be called.
import { byKey, sortedSet } from '../../domain/order.ts';
import { isLike, type RegistryHost, type RegistryPort } from '../../domain/istio/registered-host.ts';
import { hostsOf, type Destination } from './destination.ts';
import { allowedOf, type Grant, type Ports, type Target } from '../grants/grant.ts';
import { isBelow, isPattern, isWhole, isWildcard, listed } from '../../domain/istio/egress-host.ts';
import type { Registry } from '../mesh/service-registry.ts';

/** In order of host. A host that a whole namespace covers is left out. `grants` come the oldest first. */
export function destinationsOf(
  platformHosts: readonly string[],
  grants: readonly Grant[],
  registry: Registry,
): readonly Destination[] {
  const wishes = new Map<string, Wishes>();
  for (const host of platformHosts) wish(wishes, { host, ports: 'every', aliases: [] });
  for (const grant of grants) for (const target of grant.targets) wish(wishes, target, grant);
  const isGrantedAnyway = wildcardGrants([...wishes.values()], registry);
  const destinations = Array.from(wishes.values(), (own) => destinationOf(own, registry, isGrantedAnyway));
  return absorb(destinations).toSorted(byKey(({ host }) => host));
}

/** All that is wished of one host. */
type Wishes = {
  readonly host: string;
  readonly ports: Ports[];
  readonly aliases: string[];
  /** Each once: the targets of one grant come in a row. */
  readonly grants: Grant[];
};

function wish(wishes: Map<string, Wishes>, { host, ports, aliases }: Target, grant?: Grant): void {
  const own = wishes.get(host) ?? { host, ports: [], aliases: [], grants: [] };
  wishes.set(host, own);
  own.ports.push(ports);
  own.aliases.push(...aliases);
  if (grant !== undefined && own.grants.at(-1) !== grant) own.grants.push(grant);
}

/** Whether a port of a host is granted by a wildcard that the host is below, which proves no more of the address than the host does. */
type GrantedAnyway = (host: RegistryHost, port: RegistryPort) => boolean;

function wildcardGrants(wishes: readonly Wishes[], registry: Registry): GrantedAnyway {
  const wildcards = wishes
    .filter(({ host }) => isWildcard(host))
    .flatMap(({ host, ports }) => hostsOf({ host }, registry).map((own) => ({ host, ports, own })));
  return (below, port) =>
    wildcards.some(
      ({ host, ports, own }) =>
        isBelow(host, listed(below)) &&
        (own.passthrough || !below.passthrough) &&
        ports.some((some) => allowedOf(some, own).some(isLike(port))),
    );
}

const destinationOf = (
  { host, ports, aliases, grants }: Wishes,
  registry: Registry,
  isGrantedAnyway: GrantedAnyway,
): Destination => ({
  host,
  ...unionOf(host, ports, () => hostsOf({ host }, registry), isGrantedAnyway),
  aliases: aliases.length === 0 ? aliases : sortedSet(aliases),
  grants,
  absorbed: [],
});

const WHOLE = { ports: 'every', complete: false } as const;

function unionOf(
  host: string,
  wanted: readonly Ports[],
  behind: () => readonly RegistryHost[],
  isGrantedAnyway: GrantedAnyway,
): Pick<Destination, 'ports' | 'complete'> {
  if (wanted.includes('every')) return WHOLE;
  const singled = new Set<number>();
  for (const ports of wanted) if (ports !== 'every') for (const port of ports) singled.add(port);
  const known = behind();
  const complete =
    singled.size > 0 &&
    known.length > 0 &&
    known.every((one) => one.ports.every((port) => singled.has(port.number) || isGrantedAnyway(one, port)));
  if (complete && (isPattern(host) || known.every(({ managed }) => managed))) return WHOLE;
  return { ports: [...singled].toSorted((a, b) => a - b), complete };
}

/**
 * A pattern that grants whole Services swallows the single ones below it: `blue/*`, and `red/*.red.svc.cluster.local` for the
 * Services of the own namespace. A wildcard of outside hosts swallows nothing, since it grants its own ports only.
 */
function absorb(destinations: readonly Destination[]): readonly Destination[] {
  const patterns = destinations.filter(({ host }) => isWhole(host));
  if (patterns.length === 0) return destinations;
  const eater = ({ host }: Destination): Destination | undefined =>
    patterns.find((pattern) => pattern.host !== host && isBelow(pattern.host, host));
  const kept = destinations.filter((destination) => eater(destination) === undefined);
  return kept.map((destination) => {
    const eaten = destinations.filter((other) => eater(other) === destination);
    return {
      ...destination,
      aliases: sortedSet([...destination.aliases, ...eaten.flatMap(({ aliases }) => aliases)]),
      absorbed: eaten,
    };
  });
}
