// A destination of one scope: a host, or a pattern of hosts, as its Sidecar lists it, and what is known to be behind it.
import { isLike, type RegistryHost, type RegistryPort } from '../../domain/istio/registered-host.ts';
import { allowedOf, oldestFirst, type Grant, type Ports } from '../grants/grant.ts';
import { isWildcard, listed } from '../../domain/istio/egress-host.ts';
import type { Registry } from '../mesh/service-registry.ts';
import type { LossReason } from '../../domain/egress-intent/diagnostic.ts';

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

/** Everything that is known behind the destinations; of a host that we and somebody else register both, since Istio may import both. */
export const reachableOf = (destinations: readonly Destination[], registry: Registry): readonly Reachable[] =>
  destinations.flatMap((destination) =>
    hostsOf(destination, registry).map((host) => ({
      destination,
      host,
      ports: allowedOf(destination.ports, host),
    })),
  );

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
          ports: host.ports.filter((port) => granted.some(isLike(port))),
        }));
    });

/** A port of a host that cannot be had in this scope, and why. */
export type Loss = {
  readonly destination: Destination;
  /** `namespace/host` of the host itself, where the destination is a pattern. */
  readonly host: string;
  readonly port: number;
  readonly because: LossReason;
};
