// The names that the calls of one listener may have.
import { egressHost, isBelow, isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import type { Destination } from '../sidecar/destination.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';

/** A name that a listener carries, and the destination that grants it. */
export type CarriedName = {
  readonly name: string;
  /** The namespace under which the listener lists the name. */
  readonly provider: string;
  readonly destination: Destination;
  /** The ports of the host on which the listener serves the name; none for a host that nobody registers. */
  readonly ports: readonly RegisteredPort[];
};

/** In the order of the destinations. A port listener carries only the hosts that have its port, or that nobody registers. */
export function carriedNames(
  { spec, destinations }: ScopeListener,
  registry: ServiceRegistry,
): readonly CarriedName[] {
  const isListed = (host: string): boolean => {
    if (spec.hosts.includes(host)) return true;
    const isExcluded = spec.hosts.some((listed) => listed.startsWith('~') && isBelow(listed.slice(1), host));
    return !isExcluded && spec.hosts.some((listed) => isBelow(listed, host));
  };
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
