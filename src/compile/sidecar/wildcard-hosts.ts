// The wildcard of an external host also imports every exact host below it that its namespace registers, on all ports of that host, though
// only other intents may have been granted those. Here each wildcard is narrowed to what it was granted.
import type { Features } from '../../domain/features.ts';
import {
  egressHost,
  isBelow,
  isExternalWildcard,
  isWildcardName,
  partsOf,
} from '../../domain/istio/egress-host.ts';
import {
  isSamePort,
  isSpoofable,
  isTakenBelow,
  type RegisteredHost,
} from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import type { Destination, PortConflict } from './destination.ts';
import type { SpoofableHost } from './spoofable-hosts.ts';

/** True for a host that another ServiceEntry answers for without intents, one of another namespace. */
export type IsOutanswered = (host: RegisteredHost) => boolean;

type NarrowedWildcards = {
  readonly destinations: readonly Destination[];
  /** To be listed next to the wildcards: `~namespace/host`. Empty for a version of Istio without exclusions. */
  readonly exclusions: readonly string[];
  /** Hosts that remain imported and can be spoofed, below a wildcard that cannot. */
  readonly spoofable: readonly SpoofableHost[];
  /** Wildcards that nobody registers and that are not listed: port 80, on which a VirtualService makes Envoy answer for them, is lost. */
  readonly conflicts: readonly PortConflict[];
};

/** Excludes the imported hosts that exceed the wildcard or, where that is not possible, limits the wildcard to its ports. */
export function narrowWildcards(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  features: Features,
  isOutanswered: IsOutanswered,
): NarrowedWildcards {
  if (!destinations.some(({ host }) => isExternalWildcard(host))) {
    return { destinations, exclusions: [], spoofable: [], conflicts: [] };
  }
  const context = contextOf(destinations, registry, features, isOutanswered);
  const narrowed = destinations.map((destination) => narrow(destination, context));
  return {
    destinations: narrowed.map(({ destination }) => destination),
    exclusions: narrowed.flatMap(({ exclusions = [] }) => exclusions),
    spoofable: narrowed.flatMap(({ spoofable = [] }) => spoofable),
    conflicts: narrowed.flatMap(({ conflicts = [] }) => conflicts),
  };
}

type WildcardContext = {
  readonly registry: ServiceRegistry;
  readonly canExclude: boolean;
  /** Egress hosts that are granted on every port that they have. */
  readonly granted: ReadonlySet<string>;
  /** Egress hosts that are granted on some port. */
  readonly listed: ReadonlySet<string>;
  readonly isOutanswered: IsOutanswered;
};

function contextOf(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  { exclusions: canExclude }: Features,
  isOutanswered: IsOutanswered,
): WildcardContext {
  const onEveryPort = destinations.filter(({ ports, complete }) => ports === 'every' || complete);
  return {
    registry,
    canExclude,
    granted: new Set(onEveryPort.map(({ host }) => host)),
    listed: new Set(destinations.map(({ host }) => host)),
    isOutanswered,
  };
}

type NarrowedDestination = Partial<Omit<NarrowedWildcards, 'destinations'>> & {
  readonly destination: Destination;
};

function narrow(destination: Destination, context: WildcardContext): NarrowedDestination {
  const { registry, canExclude, granted, listed } = context;
  if (!isExternalWildcard(destination.host)) return { destination };
  const { name } = partsOf(destination.host);
  const imported = registry(destination.host);
  const wildcard = imported.find(({ host }) => host === name);
  const allBelow = imported.filter((host) => host !== wildcard && !granted.has(egressHost(host)));
  const replacing = canExclude ? allBelow.filter((host) => isReplacing(host, wildcard, context)) : [];
  const exclusions = replacing.map((host) => `~${egressHost(host)}`);
  const below = allBelow.filter((host) => !replacing.includes(host));
  const moreSpoofable = below.filter((host) => isMoreSpoofable(host, wildcard));
  const excess = below.filter((host) => exceeds(host, wildcard) || moreSpoofable.includes(host));
  if (excess.length === 0) return { destination, exclusions };
  const isUnlimited = destination.ports === 'every';
  const isExcludable = canExclude && excess.every(({ nameable }) => nameable);
  if (isUnlimited && isExcludable && !excess.some((host) => coversListed(host, listed))) {
    return { destination, exclusions: [...exclusions, ...excess.map((host) => `~${egressHost(host)}`)] };
  }
  return {
    destination: isUnlimited ? { ...destination, ports: portNumbersOf(wildcard) } : destination,
    exclusions,
    spoofable: moreSpoofable.map((host) => ({ destination, host: egressHost(host) })),
    ...(isUnlimited && wildcard === undefined ? { conflicts: [unlisted(destination, excess)] } : {}),
  };
}

const unlisted = (destination: Destination, excess: readonly RegisteredHost[]): PortConflict => ({
  destination,
  host: destination.host,
  port: UNREGISTERED_PORT,
  reason: { kind: 'registeredBelow', hosts: excess.map(egressHost) },
});

/**
 * True for what would take calls that a wildcard of others answers without intents: what we register below it for other pods, or a host for which another
 * namespace answers.
 */
const isReplacing = (
  host: RegisteredHost,
  wildcard: RegisteredHost | undefined,
  { listed, isOutanswered }: WildcardContext,
): boolean =>
  (host.managed || isOutanswered(host)) &&
  host.nameable &&
  wildcard?.managed === false &&
  wildcard.ports.some((port) => isTakenBelow(wildcard, port, host)) &&
  !listed.has(egressHost(host)) &&
  !coversListed(host, listed);

/** True if an exclusion of the host would also exclude a listed host: the exclusion of a wildcard applies to every host below it. */
const coversListed = (host: RegisteredHost, listed: ReadonlySet<string>): boolean =>
  isWildcardName(host.host) && [...listed].some((listedHost) => isBelow(egressHost(host), listedHost));

/** True if the host has a port that the wildcard does not have, or has with another protocol class. */
const exceeds = (host: RegisteredHost, wildcard: RegisteredHost | undefined): boolean =>
  host.ports.some((port) => !wildcard?.ports.some(isSamePort(port)));

/** True if a client can spoof the host, but not the wildcard: on a port of both, calls for the name of the host end at the host. */
const isMoreSpoofable = (host: RegisteredHost, wildcard: RegisteredHost | undefined): boolean =>
  host.ports.some(
    (port) =>
      isSpoofable(host, port) &&
      wildcard?.ports.some((other) => other.number === port.number && !isSpoofable(wildcard, other)),
  );

const portNumbersOf = (host: RegisteredHost | undefined): readonly number[] =>
  host?.ports.map(({ number }) => number) ?? [];
