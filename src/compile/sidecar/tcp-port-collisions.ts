// A host that speaks plain TCP and has no address of its own takes every call on its port that nothing else claims. Of two such hosts
// on one port Istio serves only one, so only one is named.
import { byNumber } from '../../domain/order.ts';
import type { RegistryHost, RegistryPort } from '../../domain/istio/registered-host.ts';
import { reachableOf, type Destination, type Rank, type Loss } from './destination.ts';
import { isPattern, listed } from '../../domain/istio/egress-host.ts';
import type { Registry } from '../mesh/service-registry.ts';

export type Settled = { readonly destinations: readonly Destination[]; readonly losses: readonly Loss[] };

/** On each port the host that was granted first stays; a later one loses the port and keeps its others. */
export function settleTcpNames(
  destinations: readonly Destination[],
  registry: Registry,
  rank: Rank,
): Settled {
  if (!destinations.some(({ host }) => !isPattern(host) && registry(host).some(hasAnonymous))) {
    return { destinations, losses: [] };
  }
  const claims = claimsOf(destinations, registry);
  const holders = new Map<number, string>();
  const lost = new Map<Destination, Loss[]>();
  for (const { destination, host, port } of claims.toSorted(
    byNumber((claim) => rank(claim.destination, claim.host)),
  )) {
    const holder = holders.get(port);
    if (holder === undefined || holder === host) {
      holders.set(port, host);
      continue;
    }
    const loss: Loss = { destination, host, port, because: { kind: 'clash', hosts: [holder] } };
    lost.set(destination, [...(lost.get(destination) ?? []), loss]);
  }
  return {
    destinations: destinations.map((destination) =>
      without(destination, lost.get(destination) ?? [], registry),
    ),
    losses: [...lost.values()].flat(),
  };
}

/** Told by name where there is none. */
const isAnonymous = ({ class: of }: RegistryPort): boolean => of === 'tcp' || of === 'auto';
const hasAnonymous = ({ reach, ports }: RegistryHost): boolean => reach === 'name' && ports.some(isAnonymous);

type Claim = { readonly destination: Destination; readonly host: string; readonly port: number };

const claimsOf = (destinations: readonly Destination[], registry: Registry): readonly Claim[] =>
  reachableOf(destinations, registry)
    .filter(({ host }) => hasAnonymous(host))
    .flatMap(({ destination, host, ports }) =>
      ports.filter(isAnonymous).map(({ number }) => ({ destination, host: listed(host), port: number })),
    );

/** A pattern cannot be kept from a port; it stays as it is, and the loss is told. */
function without(destination: Destination, losses: readonly Loss[], registry: Registry): Destination {
  if (losses.length === 0 || isPattern(destination.host)) return destination;
  const taken = new Set(losses.map(({ port }) => port));
  const all: readonly number[] =
    destination.ports === 'every' ? registry(destination.host).flatMap(portNumbers) : destination.ports;
  return { ...destination, ports: all.filter((port) => !taken.has(port)), complete: false };
}

const portNumbers = ({ ports }: RegistryHost): readonly number[] => ports.map(({ number }) => number);
