// One host name that two namespaces register. A pod gets one cluster for a name and a port, so Istio takes one of the two, and which
// one depends on much. Here the one that was granted first stays, and the other is kept out where that can be said.
import type { Features } from '../../domain/features.ts';
import { isLike, type RegistryHost, type RegistryPort } from '../../domain/istio/registered-host.ts';
import { byNumber } from '../../domain/order.ts';
import { comesAlong, hostsOf, type Destination, type Rank, type Loss } from './destination.ts';
import { allowedOf } from '../grants/grant.ts';
import { isPattern, listed, partsOf } from '../../domain/istio/egress-host.ts';
import type { Registry } from '../mesh/service-registry.ts';

export type Settled = {
  readonly destinations: readonly Destination[];
  /** To be listed wherever a pattern of their namespace is. */
  readonly exclusions: readonly string[];
  readonly losses: readonly Loss[];
  /** Ports of what is kept out that can be had all the same, of its namesake. */
  readonly relying: readonly Relying[];
};

/** `on` is the namesake: where that loses the port, this loses it too. */
export type Relying = Pick<Loss, 'destination' | 'host' | 'port'> & { readonly on: string };

type Candidate = {
  readonly destination: Destination;
  readonly host: RegistryHost;
  /** Those that the Sidecar imports. */
  readonly ports: readonly RegistryPort[];
  /** Not of what only comes along with a wildcard, which nobody misses. */
  readonly granted: boolean;
};

/** Source: istio/istio pilot/pkg/model/sidecar.go, selectServices and appendSidecarServices. */
export function settleNamesakes(
  destinations: readonly Destination[],
  registry: Registry,
  { exclusions: canExclude }: Features,
  rank: Rank,
): Settled {
  if (areAllDistinct(destinations, registry)) {
    return { destinations, exclusions: [], losses: [], relying: [] };
  }
  const candidates = destinations.flatMap((destination) => candidatesOf(destination, registry));
  const rivalries = [...Map.groupBy(candidates, ({ host }) => host.host).values()].flatMap((namesakes) => {
    const [first, ...others] = namesakes.toSorted(
      byNumber(({ destination, host, granted }) => (granted ? rank(destination, listed(host)) : Infinity)),
    );
    const rivals = others.filter(
      (other) => first && other.host.namespace !== first.host.namespace && !areAlike(first, other),
    );
    return first && rivals.length > 0 ? [{ first, rivals }] : [];
  });
  const rivals = rivalries.flatMap((rivalry) => rivalry.rivals);
  const dropped = new Set(
    rivals.filter(({ destination }) => !isPattern(destination.host)).map(({ destination }) => destination),
  );
  const within = rivals.filter(({ destination }) => isPattern(destination.host));
  return {
    destinations: destinations.filter((destination) => !dropped.has(destination)),
    exclusions: canExclude ? within.map(({ host }) => `~${listed(host)}`) : [],
    relying: rivalries.flatMap(({ first, rivals: others }) =>
      others.flatMap((other) => reliancesOf(other, first)),
    ),
    losses: rivalries.flatMap(({ first, rivals: others }) => [
      ...others.flatMap((other) => lossesOf(other, [first])),
      // What can be neither dropped nor excluded may take the place of the first.
      ...(canExclude || others.every(({ destination }) => !isPattern(destination.host))
        ? []
        : lossesOf(first, others)),
    ]),
  };
}

/** Which is nearly always so. Only what is behind a pattern need be looked up. */
function areAllDistinct(destinations: readonly Destination[], registry: Registry): boolean {
  const names = new Set<string>();
  for (const { host } of destinations) {
    const own = isPattern(host) ? new Set(registry(host).map((known) => known.host)) : [partsOf(host).name];
    for (const name of own) {
      if (names.has(name)) return false;
      names.add(name);
    }
  }
  return true;
}

/** What comes along with a wildcard stays on the wildcard's own ports: it is kept off the others, if it is not shut out. */
function candidatesOf(destination: Destination, registry: Registry): readonly Candidate[] {
  const own = hostsOf(destination, registry).flatMap(({ ports }) => ports.map(({ number }) => number));
  return registry(destination.host).map((host) => {
    const granted = !comesAlong(destination, listed(host));
    return { destination, host, ports: allowedOf(granted ? destination.ports : own, host), granted };
  });
}

const missedOf = ({ granted, ports }: Candidate): readonly RegistryPort[] => (granted ? ports : []);

const reliancesOf = (candidate: Candidate, first: Candidate): readonly Relying[] => {
  const { destination, host } = candidate;
  return missedOf(candidate)
    .filter((port) => hasAlike(first, host, port))
    .map(({ number }) => ({ destination, host: listed(host), port: number, on: listed(first.host) }));
};

const lossesOf = (candidate: Candidate, others: readonly Candidate[]): readonly Loss[] => {
  const { destination, host } = candidate;
  return missedOf(candidate)
    .filter((port) => !others.every((other) => hasAlike(other, host, port)))
    .map(({ number }): Loss => ({
      destination,
      host: listed(host),
      port: number,
      because: { kind: 'namesake', hosts: others.map((other) => listed(other.host)) },
    }));
};

/** Whether it makes no difference which of the two Istio takes. */
const areAlike = (a: Candidate, b: Candidate): boolean =>
  a.ports.every((port) => hasAlike(b, a.host, port)) && b.ports.every((port) => hasAlike(a, b.host, port));

const hasAlike = (candidate: Candidate, host: RegistryHost, port: RegistryPort): boolean =>
  host.reach === 'name' && candidate.host.reach === 'name' && candidate.ports.some(isLike(port));
