// The granted hosts for whose calls a VirtualService has routes.
import { isFurtherName, serviceOfHost } from '../../domain/istio/service-host.ts';
import { UNREGISTERED_PORT } from '../mesh/further-names.ts';
import type { ScopeCalls } from '../routes/scope-calls.ts';
import type { ReachableHost } from '../sidecar/destination.ts';

/**
 * Those to one of whose names `isNamed` says yes and, on one port only, those Services of which the VirtualService has another name than the full one.
 */
export const calledHosts = (
  names: readonly string[],
  isNamed: (name: string, host: string) => boolean,
  { callable, snapshot }: Pick<ScopeCalls, 'callable' | 'snapshot'>,
): readonly ReachableHost[] => {
  const { clusterDomain } = snapshot.settings;
  const others = names.filter((name) => serviceOfHost(name, clusterDomain) === undefined);
  return callable.flatMap((reachable) => {
    const { host } = reachable.host;
    if (names.some((name) => isNamed(name, host))) return [reachable];
    if (!others.some((name) => isFurtherName(name, host, clusterDomain))) return [];
    return [{ ...reachable, ports: reachable.ports.filter(({ number }) => number === UNREGISTERED_PORT) }];
  });
};
