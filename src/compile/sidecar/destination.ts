// A destination of one scope: an egress host of its Sidecar, the ports that may be called, and its registered hosts.
import type { ConflictReason } from '../../domain/egress-intent/diagnostics.ts';
import { egressHost, isExternalWildcard } from '../../domain/istio/egress-host.ts';
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { allowedPorts, oldestGrantFirst, type Grant, type Ports } from '../grants/grant.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';

export type Destination = {
  /** As a Sidecar lists it: `namespace/host`, which may be a wildcard. */
  readonly host: string;
  /** In order, unless `every`. For a managed host or a wildcard, a list of all its ports becomes `every`. */
  readonly ports: Ports;
  /** True if `ports` lists every port that the host has now, except ports that a wildcard grants anyway. */
  readonly complete: boolean;
  /** Those of `ports` that give way to other hosts, where a port cannot have all. */
  readonly givingWay: readonly number[];
  /** Further names of the host, as a Sidecar lists them, in order. */
  readonly aliases: readonly string[];
  /** The grants of the host, the oldest first; none for a platform host. */
  readonly grants: readonly Grant[];
  /** The ports for which each of these asks, once or several times. */
  readonly portGrants: readonly PortGrant[];
  /** Destinations that this one covers, so that the Sidecar does not list them. */
  readonly covered: readonly Destination[];
};

type PortGrant = { readonly grant: Grant; readonly ports: Ports };

/**
 * The age of the right to call a host, or one port of it: the index of its oldest grant among all grants, the oldest first. Platform hosts are below
 * 0.
 */
export type GrantAge = (destination: Destination, host: string, port?: number) => number;

/** The grants of one host of a destination, or of one port of it, the oldest first. */
export function grantsFor(
  { grants, portGrants, covered }: Destination,
  host: string,
  port?: number,
): readonly Grant[] {
  const ofHost = covered.filter((destination) => destination.host === host);
  const all =
    ofHost.length === 0
      ? grants
      : [...grants, ...ofHost.flatMap((each) => each.grants)].toSorted(oldestGrantFirst);
  if (port === undefined || all.length < 2) return all;
  const granting = grantsAsking([{ portGrants }, ...ofHost], (ports) => ports.includes(port));
  return all.filter((grant) => granting.has(grant));
}

/** Those that ask for every port of one of the destinations, or for some that are wanted. */
const grantsAsking = (
  destinations: readonly Pick<Destination, 'portGrants'>[],
  isWanted: (ports: readonly number[]) => boolean,
): ReadonlySet<Grant> =>
  new Set(
    destinations
      .flatMap(({ portGrants }) => portGrants)
      .filter(({ ports }) => ports === 'every' || isWanted(ports))
      .map(({ grant }) => grant),
  );

/** The namespaces that the entries name which grant a host of a destination; not those of an entry that only gives it a further name. */
export function namedFor(destination: Destination, host: string): readonly string[] {
  const granting = grantsAsking([destination, ...destination.covered], (ports) => ports.length > 0);
  return grantsFor(destination, host)
    .filter((grant) => granting.has(grant))
    .flatMap(({ intent, entry }) => {
      const named = intent.allow[entry];
      return named !== undefined && 'namespace' in named ? [named.namespace] : [];
    });
}

/** A host of a destination with whom it concerns, as it is asked whose routes are followed. */
export const asListed = (
  destination: Destination,
  host: string,
): Destination & { readonly named: readonly string[] } => ({
  ...destination,
  named: namedFor(destination, host),
});

/** The registered hosts that a destination grants. A wildcard of an external host imports the exact hosts below it, but grants none of them. */
export function hostsGrantedBy(
  { host }: Pick<Destination, 'host'>,
  registry: ServiceRegistry,
): readonly RegisteredHost[] {
  const imported = registry(host);
  return isExternalWildcard(host)
    ? imported.filter((candidate) => !isImportedByWildcard({ host }, egressHost(candidate)))
    : imported;
}

/** True for a host that the wildcard of an external host imports, but does not grant. */
export const isImportedByWildcard = ({ host: wildcard }: Pick<Destination, 'host'>, host: string): boolean =>
  isExternalWildcard(wildcard) && wildcard !== host;

/** A registered host of a destination, and its ports that may be called. */
export type ReachableHost = {
  readonly destination: Destination;
  readonly host: RegisteredHost;
  readonly ports: readonly RegisteredPort[];
};

/** The granted hosts. A host that both a managed and a foreign ServiceEntry register is there twice, since Istio may import both. */
export const reachableHosts = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly ReachableHost[] =>
  destinations.flatMap((destination) =>
    hostsGrantedBy(destination, registry).map((host) => ({
      destination,
      host,
      ports: allowedPorts(destination.ports, host),
    })),
  );

/** Hosts that wildcards import without granting them, on the ports that the wildcards grant: a call for such a name ends at that host. */
export const importedByWildcards = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly ReachableHost[] => belowWildcards(destinations, registry, isSamePort);

/** The same on ports of any protocol: Istio puts such a host into a listener by the number of its port. */
export const hostsBelowWildcards = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly ReachableHost[] => belowWildcards(destinations, registry, hasNumberOf);

type PortComparison = (port: RegisteredPort) => (other: RegisteredPort) => boolean;

const hasNumberOf: PortComparison = (port) => (other) => port.number === other.number;

const belowWildcards = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  isOneOf: PortComparison,
): readonly ReachableHost[] =>
  destinations
    .filter(({ host }) => isExternalWildcard(host))
    .flatMap((destination) => {
      const granted = reachableHosts([destination], registry).flatMap(({ ports }) => ports);
      return registry(destination.host)
        .filter((host) => isImportedByWildcard(destination, egressHost(host)))
        .map((host) => ({
          destination,
          host,
          ports: host.ports.filter((port) => granted.some(isOneOf(port))),
        }));
    });

/** A port of a host that is granted but unreachable in this scope, and the reason. */
export type PortConflict = {
  readonly destination: Destination;
  /** `namespace/host` of the host itself, where the destination is a wildcard. */
  readonly host: string;
  readonly port: number;
  readonly reason: ConflictReason;
};
