// What the pods of a scope may call, and whether that includes the end of a route.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, partsOf } from '../../domain/istio/egress-host.ts';
import { isSpoofable, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import { serviceNameIn } from '../../domain/istio/service-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { entriesInOrderOfAnswer } from '../mesh/answering-entry.ts';
import { nameIndex, type NameIndex } from '../mesh/name-index.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import {
  importedByWildcards,
  reachableHosts,
  type Destination,
  type PortConflict,
  type ReachableHost,
} from '../sidecar/destination.ts';

type ListedName = { readonly name: string; readonly destination: Destination };

export type ScopeCalls = {
  readonly destinations: readonly Destination[];
  /** The hosts at which their calls may end, with the ports that may be called. */
  readonly callable: readonly ReachableHost[];
  readonly callableByName: NameIndex<ReachableHost>;
  /** The names by which a Sidecar lists the destinations, further ones included. */
  readonly listedByName: NameIndex<ListedName>;
  /** The numbers on which some of them serves HTTP, so that Envoy has HTTP routes for the number. */
  readonly httpPorts: ReadonlySet<number>;
  /** Ports that are granted, but for which the Sidecar has no listener, and so no cluster. */
  readonly conflicts: readonly PortConflict[];
  readonly snapshot: Snapshot;
};

export const scopeCalls = (
  destinations: readonly Destination[],
  conflicts: readonly PortConflict[],
  { registry, snapshot }: MeshView,
): ScopeCalls => {
  const callable = [
    ...reachableHosts(destinations, registry),
    ...importedByWildcards(destinations, registry),
  ];
  const httpPorts = callable.flatMap(({ ports }) => ports.filter(isHttp).map(({ number }) => number));
  const listedByName = nameIndex(
    () =>
      destinations.flatMap((destination) =>
        [destination.host, ...destination.aliases].map((host) => ({ name: partsOf(host).name, destination })),
      ),
    ({ name }) => name,
  );
  return {
    destinations,
    conflicts,
    snapshot,
    ...byName(callable),
    listedByName,
    httpPorts: new Set(httpPorts),
  };
};

/** The same calls, with these hosts. */
export const withCallable = <Calls extends ScopeCalls>(
  calls: Calls,
  callable: readonly ReachableHost[],
): Calls => ({ ...calls, ...byName(callable) });

const byName = (callable: readonly ReachableHost[]): Pick<ScopeCalls, 'callable' | 'callableByName'> => ({
  callable,
  callableByName: nameIndex(
    () => callable,
    ({ host }) => host.host,
  ),
});

/** True for a port on which Envoy may serve HTTP. */
export const isHttp = ({ class: portClass }: RegisteredPort): boolean =>
  portClass === 'http' || portClass === 'auto';

/**
 * True if the scope may call the end of a route. A route without a port goes to the only port of its host or, if that has several, to the
 * port that was called. On a passthrough host the call goes to the address that the client dialled; that is granted only where the host can be
 * spoofed anyway.
 */
export function isGrantedEnd(
  { host, port }: RouteDestination,
  called: readonly number[],
  { callableByName, listedByName, snapshot }: ScopeCalls,
): boolean {
  const candidates = callableByName.named(host);
  if (candidates.length === 0) {
    return listedByName.covering(host).some(({ destination }) => wouldGrant(destination, host, snapshot));
  }
  return candidates.some(({ host: registered, ports }) => {
    const [only, ...others] = registered.ports;
    const wanted =
      port === undefined && only && others.length === 0 ? [only.number] : [port ?? called].flat();
    const granted = new Set(
      ports
        .filter((candidate) => !registered.passthrough || isSpoofable(registered, candidate))
        .map(({ number }) => number),
    );
    return wanted.every((number) => granted.has(number));
  });
}

/**
 * True if the destination would grant the host once it exists. A Service that exists but is not registered is not exported to the namespace, and an
 * outside host that is registered elsewhere is another one.
 */
function wouldGrant({ host: listed }: Destination, host: string, snapshot: Snapshot): boolean {
  const { cluster, settings } = snapshot;
  const { namespace, name } = partsOf(listed);
  const service = serviceNameIn(namespace, host, settings.clusterDomain);
  if (name === '*' ? service === undefined : !covers(name, host)) return false;
  const exists =
    service === undefined
      ? entriesInOrderOfAnswer(host, snapshot).length > 0
      : cluster.service(namespace, service) !== undefined;
  return !exists;
}
