// One host name that two namespaces register. A pod gets one cluster for a name and a port, so Istio takes one of the two, and which
// one depends on much. Here the one that was granted first stays, and the other is kept out where that can be said.
import type { Features } from '../../domain/features.ts';
import { isSamePort, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { byNumber } from '../../domain/order.ts';
import {
  isImportedByWildcard,
  hostsBehind,
  type Destination,
  type GrantAge,
  type PortConflict,
} from './destination.ts';
import { allowedPorts } from '../grants/grant.ts';
import { isWildcard, egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';

export type WithoutHostnameCollisions = {
  readonly destinations: readonly Destination[];
  /** To be listed wherever a pattern of their namespace is. */
  readonly exclusions: readonly string[];
  readonly conflicts: readonly PortConflict[];
  /** Ports of what is kept out that can be had all the same, of its namesake. */
  readonly dependents: readonly DependentPort[];
};

/** `on` is the namesake: where that loses the port, this loses it too. */
export type DependentPort = Pick<PortConflict, 'destination' | 'host' | 'port'> & { readonly on: string };

type CollidingHost = {
  readonly destination: Destination;
  readonly host: RegisteredHost;
  /** Those that the Sidecar imports. */
  readonly ports: readonly RegisteredPort[];
  /** Not of what only comes along with a wildcard, which nobody misses. */
  readonly granted: boolean;
};

/** Source: istio/istio pilot/pkg/model/sidecar.go, selectServices and appendSidecarServices. */
export function dropHostnameCollisions(
  destinations: readonly Destination[],
  registry: ServiceRegistry,
  { exclusions: canExclude }: Features,
  rank: GrantAge,
): WithoutHostnameCollisions {
  if (areAllDistinct(destinations, registry)) {
    return { destinations, exclusions: [], conflicts: [], dependents: [] };
  }
  const candidates = destinations.flatMap((destination) => hostsImportedBy(destination, registry));
  const rivalries = [...Map.groupBy(candidates, ({ host }) => host.host).values()].flatMap((namesakes) => {
    const [first, ...others] = namesakes.toSorted(
      byNumber(({ destination, host, granted }) =>
        granted ? rank(destination, egressHost(host)) : Infinity,
      ),
    );
    const rivals = others.filter(
      (other) => first && other.host.namespace !== first.host.namespace && !areInterchangeable(first, other),
    );
    return first && rivals.length > 0 ? [{ first, rivals }] : [];
  });
  const rivals = rivalries.flatMap((rivalry) => rivalry.rivals);
  const dropped = new Set(
    rivals.filter(({ destination }) => !isWildcard(destination.host)).map(({ destination }) => destination),
  );
  const within = rivals.filter(({ destination }) => isWildcard(destination.host));
  return {
    destinations: destinations.filter((destination) => !dropped.has(destination)),
    exclusions: canExclude ? within.map(({ host }) => `~${egressHost(host)}`) : [],
    dependents: rivalries.flatMap(({ first, rivals: others }) =>
      others.flatMap((other) => dependentPorts(other, first)),
    ),
    conflicts: rivalries.flatMap(({ first, rivals: others }) => [
      ...others.flatMap((other) => conflictsOf(other, [first])),
      // What can be neither dropped nor excluded may take the place of the first.
      ...(canExclude || others.every(({ destination }) => !isWildcard(destination.host))
        ? []
        : conflictsOf(first, others)),
    ]),
  };
}

/** Which is nearly always so. Only what is behind a pattern need be looked up. */
function areAllDistinct(destinations: readonly Destination[], registry: ServiceRegistry): boolean {
  const names = new Set<string>();
  for (const { host } of destinations) {
    const own = isWildcard(host) ? new Set(registry(host).map((known) => known.host)) : [partsOf(host).name];
    for (const name of own) {
      if (names.has(name)) return false;
      names.add(name);
    }
  }
  return true;
}

/** What comes along with a wildcard stays on the wildcard's own ports: it is kept off the others, if it is not shut out. */
function hostsImportedBy(destination: Destination, registry: ServiceRegistry): readonly CollidingHost[] {
  const own = hostsBehind(destination, registry).flatMap(({ ports }) => ports.map(({ number }) => number));
  return registry(destination.host).map((host) => {
    const granted = !isImportedByWildcard(destination, egressHost(host));
    return { destination, host, ports: allowedPorts(granted ? destination.ports : own, host), granted };
  });
}

const grantedPorts = ({ granted, ports }: CollidingHost): readonly RegisteredPort[] => (granted ? ports : []);

const dependentPorts = (candidate: CollidingHost, first: CollidingHost): readonly DependentPort[] => {
  const { destination, host } = candidate;
  return grantedPorts(candidate)
    .filter((port) => hasSamePort(first, host, port))
    .map(({ number }) => ({ destination, host: egressHost(host), port: number, on: egressHost(first.host) }));
};

const conflictsOf = (candidate: CollidingHost, others: readonly CollidingHost[]): readonly PortConflict[] => {
  const { destination, host } = candidate;
  return grantedPorts(candidate)
    .filter((port) => !others.every((other) => hasSamePort(other, host, port)))
    .map(({ number }): PortConflict => ({
      destination,
      host: egressHost(host),
      port: number,
      reason: { kind: 'duplicateHost', hosts: others.map((other) => egressHost(other.host)) },
    }));
};

/** Whether it makes no difference which of the two Istio takes. */
const areInterchangeable = (a: CollidingHost, b: CollidingHost): boolean =>
  a.ports.every((port) => hasSamePort(b, a.host, port)) &&
  b.ports.every((port) => hasSamePort(a, b.host, port));

const hasSamePort = (candidate: CollidingHost, host: RegisteredHost, port: RegisteredPort): boolean =>
  host.addressing === 'name' &&
  candidate.host.addressing === 'name' &&
  candidate.ports.some(isSamePort(port));
