// A wildcard of outside hosts also imports every exact host below it that its namespace registers, with all its ports, though other
// apps may have asked for those. Here each wildcard is kept to what it was granted.
import type { Features } from '../../domain/features.ts';
import { isSamePort, isSpoofable, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { Destination } from './destination.ts';
import { isBelow, isExternalWildcard, egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import type { SpoofableHost } from './spoofable-hosts.ts';

export type NarrowedWildcards = {
  readonly destinations: readonly Destination[];
  /** To be listed beside the wildcards, where this Istio can exclude. */
  readonly exclusions: readonly string[];
  /** Hosts that come along all the same and leave the address to the client, where the wildcard itself does not. */
  readonly spoofable: readonly SpoofableHost[];
};

/** Excludes what comes along uninvited or, where that cannot be said, limits the wildcard to its own ports. */
export function narrowWildcards(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  { exclusions: canExclude }: Features,
): NarrowedWildcards {
  if (!destinations.some(({ host }) => isExternalWildcard(host))) {
    return { destinations, exclusions: [], spoofable: [] };
  }
  const whole = destinations.filter(({ ports, complete }) => ports === 'every' || complete);
  const granted = new Set(whole.map(({ host }) => host));
  const asked = new Set(destinations.map(({ host }) => host));
  const exclusions: string[] = [];
  const spoofable: SpoofableHost[] = [];
  const narrowed = destinations.map((destination) => {
    if (!isExternalWildcard(destination.host)) return destination;
    const { name } = partsOf(destination.host);
    const known = registry(destination.host);
    const own = known.find(({ host }) => host === name);
    const below = known.filter((host) => host !== own && !granted.has(egressHost(host)));
    const looser = below.filter((host) => isMoreSpoofable(host, own));
    const uninvited = below.filter((host) => exceeds(host, own) || looser.includes(host));
    const limit = { ...destination, ports: numbersOfPorts(own) };
    if (uninvited.length === 0) return destination;
    if (
      destination.ports === 'every' &&
      canExclude &&
      !uninvited.some((host) => coversRequested(host, asked))
    ) {
      exclusions.push(...uninvited.map((host) => `~${egressHost(host)}`));
      return destination;
    }
    spoofable.push(...looser.map((host) => ({ destination, host: egressHost(host) })));
    return destination.ports === 'every' ? limit : destination;
  });
  return { destinations: narrowed, exclusions, spoofable };
}

/** Whether an exclusion of the host would take another with it that is asked for: that of a wildcard takes all that is below. */
const coversRequested = (host: RegisteredHost, asked: ReadonlySet<string>): boolean =>
  host.host.startsWith('*') && [...asked].some((one) => isBelow(egressHost(host), one));

/** Whether it has a port that the wildcard does not have, or speaks something else there. */
const exceeds = (host: RegisteredHost, own: RegisteredHost | undefined): boolean =>
  host.ports.some((port) => !own?.ports.some(isSamePort(port)));

/** A host on a port of the wildcard takes the calls for its own name, and may leave to the client where they end. */
const isMoreSpoofable = (host: RegisteredHost, own: RegisteredHost | undefined): boolean =>
  own?.passthrough === false &&
  host.ports.some(
    (port) => isSpoofable(host, port) && own.ports.some(({ number }) => number === port.number),
  );

const numbersOfPorts = (host: RegisteredHost | undefined): readonly number[] =>
  host?.ports.map(({ number }) => number) ?? [];
