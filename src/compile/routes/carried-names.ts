// The names that the calls of one listener may have, further names of Services with a VirtualService included.
import { egressHost, isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { importing } from '../../domain/istio/imported-hosts.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { furtherRoutes, UNREGISTERED_PORT } from '../mesh/further-names.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import type { VisibleRoutes } from '../mesh/visible-routes.ts';
import type { Destination } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import { isHttp } from './scope-calls.ts';

/** A name that a listener carries, and the destination that grants it. */
export type CarriedName = {
  readonly name: string;
  /** The namespace under which the listener lists the name. */
  readonly provider: string;
  readonly destination: Destination;
  /** The ports of the host on which the listener serves the name; none for a host that nobody registers. */
  readonly ports: readonly RegisteredPort[];
};

/** A listener with the names that it carries. */
export type CarryingListener = {
  readonly listener: ScopeListener;
  readonly carried: readonly CarriedName[];
  /** Those with ports, the first of each name. */
  readonly served: ReadonlyMap<string, CarriedName>;
};

export const carryingListeners = (
  listeners: readonly ScopeListener[],
  registry: ServiceRegistry,
): readonly CarryingListener[] =>
  listeners.map((listener) => {
    const carried = carriedNames(listener, registry);
    const served = carried.filter(({ ports }) => ports.length > 0);
    return {
      listener,
      carried,
      served: new Map(served.toReversed().map((each) => [each.name, each])),
    };
  });

/**
 * The same name with the ports that the listener serves itself: HTTP on the number of another listener is all in that one. `undefined` if that leaves none
 * of them.
 */
export function servedItself(
  name: CarriedName,
  { listener }: CarryingListener,
  listeners: readonly CarryingListener[],
): CarriedName | undefined {
  const { port } = listener.spec;
  if (port !== undefined) return name;
  const numbers = new Set(listeners.map((each) => each.listener.spec.port?.number));
  const ports = name.ports.filter((each) => each.class !== 'http' || !numbers.has(each.number));
  if (ports.length === name.ports.length) return name;
  return ports.length === 0 ? undefined : { ...name, ports };
}

/** In the order of the destinations. A port listener carries only the hosts that have its port, or that nobody registers. */
export function carriedNames(
  { spec, destinations }: ScopeListener,
  registry: ServiceRegistry,
): readonly CarriedName[] {
  const isListed = importing(spec.hosts);
  const { port } = spec;
  return [...new Set(destinations)].flatMap((destination) => {
    const registered = registry(destination.host);
    const hosts = registered.flatMap((host): readonly CarriedName[] => {
      const ports = host.ports.filter(({ number }) => port === undefined || number === port.number);
      if (ports.length === 0 || !isListed(egressHost(host))) return [];
      return [{ name: host.host, provider: host.namespace, destination, ports }];
    });
    const isUnknown = registered.length === 0 && !isWildcard(destination.host);
    const others = [...(isUnknown ? [destination.host] : []), ...destination.aliases];
    return [
      ...hosts,
      ...others.map((host): CarriedName => {
        const { namespace: provider, name } = partsOf(host);
        return { name, provider, destination, ports: hosts.flatMap(({ ports }) => ports) };
      }),
    ];
  });
}

/** A further name with a VirtualService for it: one for each of both. */
export type CarriedFurther = CarriedName & { readonly routes: VisibleRoutes };

/** They are called on the port of hosts that nobody registers, if the listener serves HTTP there. */
export const carriedFurther = (
  carried: readonly CarriedName[],
  snapshot: Snapshot,
): readonly CarriedFurther[] =>
  carried.flatMap((name) => {
    const ports = name.ports.filter((port) => port.number === UNREGISTERED_PORT && isHttp(port));
    if (ports.length === 0) return [];
    return furtherRoutes(name.name, snapshot).map((further) => ({ ...name, ...further, ports }));
  });
