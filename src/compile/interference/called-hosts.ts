// The granted hosts for whose calls a VirtualService has routes.
import { serviceOfHost, servicesWithFurtherName } from '../../domain/istio/service-host.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import type { ScopeCalls } from '../routes/scope-calls.ts';
import type { ReachableHost } from '../sidecar/destination.ts';

/**
 * Those that one of its names covers or, where `related`, that cover one of its names; and, on one port only, those Services of which the VirtualService
 * has another name than the full one.
 */
export function calledHosts(
  names: readonly string[],
  relation: 'covered' | 'related',
  { callableByName, snapshot }: Pick<ScopeCalls, 'callableByName' | 'snapshot'>,
): readonly ReachableHost[] {
  const { clusterDomain } = snapshot.settings;
  const { named, coveredBy, related, ordered } = callableByName;
  const inFull = new Set(relation === 'related' ? related(names) : coveredBy(names));
  const services = names
    .filter((name) => serviceOfHost(name, clusterDomain) === undefined)
    .flatMap((name) => servicesWithFurtherName(name, clusterDomain));
  return ordered([...inFull, ...services.flatMap(named)]).map((reachable) =>
    inFull.has(reachable)
      ? reachable
      : { ...reachable, ports: reachable.ports.filter(({ number }) => number === UNREGISTERED_PORT) },
  );
}
