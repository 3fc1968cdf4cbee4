// A destination of one scope: a host, or a pattern of hosts, as its Sidecar lists it, and what is known to be behind it.
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { allowedPorts, oldestGrantFirst, type Grant, type Ports } from '../grants/grant.ts';
import { isExternalWildcard, egressHost } from '../../domain/istio/egress-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import type { ConflictReason } from '../../domain/egress-intent/diagnostics.ts';

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
  readonly covered: readonly Destination[];
};

/** How old the right to a host is: the place of its oldest grant among all grants, smallest for the oldest. */
export type GrantAge = (destination: Destination, listed: string) => number;

/** The grants of one host of a destination, the oldest first. */
export function grantsFor({ grants, covered }: Destination, host: string): readonly Grant[] {
  const single = covered.flatMap((one) => (one.host === host ? one.grants : []));
  return single.length === 0 ? grants : [...grants, ...single].toSorted(oldestGrantFirst);
}

/** What a destination stands for. A wildcard imports the exact hosts below it too, but grants none of them. */
export function hostsBehind(
  { host }: Pick<Destination, 'host'>,
  registry: ServiceRegistry,
): readonly RegisteredHost[] {
  const known = registry(host);
  return isExternalWildcard(host)
    ? known.filter((one) => !isImportedByWildcard({ host }, egressHost(one)))
    : known;
}

/** Whether a host comes along with a wildcard of outside hosts, which imports it but does not grant it. */
export const isImportedByWildcard = ({ host: wildcard }: Pick<Destination, 'host'>, host: string): boolean =>
  isExternalWildcard(wildcard) && wildcard !== host;

/** A host behind a destination, and its ports that may be called. */
export type ReachableHost = {
  readonly destination: Destination;
  readonly host: RegisteredHost;
  readonly ports: readonly RegisteredPort[];
};

/** Everything that is known behind the destinations; of a host that we and somebody else register both, since Istio may import both. */
export const reachableHosts = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
): readonly ReachableHost[] =>
  destinations.flatMap((destination) =>
    hostsBehind(destination, registry).map((host) => ({
      destination,
      host,
      ports: allowedPorts(destination.ports, host),
    })),
  );

/** Hosts that come along with wildcards, on the ports that those grant: a call for such a name ends there. */
export const importedByWildcards = (
  destinations: readonly Destination[],
  registry: ServiceRegistry,
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
          ports: host.ports.filter((port) => granted.some(isSamePort(port))),
        }));
    });

/** A port of a host that cannot be had in this scope, and why. */
export type PortConflict = {
  readonly destination: Destination;
  /** `namespace/host` of the host itself, where the destination is a pattern. */
  readonly host: string;
  readonly port: number;
  readonly reason: ConflictReason;
};
