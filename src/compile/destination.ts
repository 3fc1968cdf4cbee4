// The destinations of one scope: the targets of all its grants, each host once, with the ports that may be called of it.
import { byKey, sortedSet } from '../domain/order.ts';
import type { RegistryHost, RegistryPort } from '../domain/registry.ts';
import { allowedOf, oldestFirst, type Grant, type Ports, type Target } from './grant.ts';
import { isBelow, isPattern, isWhole, isWildcard, listed } from './hosts.ts';
import type { Registry } from './registry.ts';

export type Destination = {
  /** As a Sidecar lists it. */
  readonly host: string;
  /** In order where some are singled out. Of what we register ourselves `every` also where it has no others. */
  readonly ports: Ports;
  /** Whether the host has no others at present but what a wildcard grants anyway. */
  readonly complete: boolean;
  /** Other names of the host, as a Sidecar lists them, in order. */
  readonly aliases: readonly string[];
  /** The grants that ask for it, the oldest first; none for a platform host. */
  readonly grants: readonly Grant[];
  /** Single hosts that are part of it and were asked for too. */
  readonly absorbed: readonly Destination[];
};

/** How old the right to a host is: the place of its oldest grant among all grants, smallest for the oldest. */
export type Rank = (destination: Destination, listed: string) => number;

/** The grants of one host of a destination, the oldest first. */
export function grantsOf({ grants, absorbed }: Destination, host: string): readonly Grant[] {
  const single = absorbed.flatMap((one) => (one.host === host ? one.grants : []));
  return single.length === 0 ? grants : [...grants, ...single].toSorted(oldestFirst);
}

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

/** What a destination stands for. A wildcard imports the exact hosts below it too, but grants none of them. */
export function hostsOf({ host }: Pick<Destination, 'host'>, registry: Registry): readonly RegistryHost[] {
  const known = registry(host);
  return isWildcard(host) ? known.filter((one) => !comesAlong({ host }, listed(one))) : known;
}

/** Whether a host comes along with a wildcard of outside hosts, which imports it but does not grant it. */
export const comesAlong = ({ host: wildcard }: Pick<Destination, 'host'>, host: string): boolean =>
  isWildcard(wildcard) && wildcard !== host;

/** A host behind a destination, and its ports that may be called. */
export type Reachable = {
  readonly destination: Destination;
  readonly host: RegistryHost;
  readonly ports: readonly RegistryPort[];
};

/** Everything that is known behind the destinations. Of a host that we register, what somebody else registers of it is not granted. */
export const reachableOf = (destinations: readonly Destination[], registry: Registry): readonly Reachable[] =>
  destinations.flatMap((destination) => {
    const known = hostsOf(destination, registry);
    const ours = known.filter(({ managed }) => managed);
    return (ours.length === 0 ? known : ours).map((host) => ({
      destination,
      host,
      ports: allowedOf(destination.ports, host),
    }));
  });

/** Hosts that come along with wildcards, on the ports that those grant: a call for such a name ends there. */
export const broughtAlong = (
  destinations: readonly Destination[],
  registry: Registry,
): readonly Reachable[] =>
  destinations
    .filter(({ host }) => isWildcard(host))
    .flatMap((destination) => {
      const granted = reachableOf([destination], registry).flatMap(({ ports }) => ports);
      return registry(destination.host)
        .filter((host) => comesAlong(destination, listed(host)))
        .map((host) => ({
          destination,
          host,
          ports: host.ports.filter(({ number, class: of }) =>
            granted.some((port) => port.number === number && port.class === of),
          ),
        }));
    });

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
  return (below, { number, class: of }) =>
    wildcards.some(
      ({ host, ports, own }) =>
        isBelow(host, listed(below)) &&
        (own.passthrough || !below.passthrough) &&
        ports.some((some) =>
          allowedOf(some, own).some((port) => port.number === number && port.class === of),
        ),
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
