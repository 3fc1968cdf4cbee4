// An `allow` entry of kind cidr: one registration for each port, so that two apps of a namespace can be granted different ports of
// one range.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import { cidrHosts } from '../../domain/istio/range-host.ts';
import { target, type EntryOf, type EntryResolution } from './resolution.ts';
import { coveredCluster } from './risks.ts';
import { registeredWithin } from './within-range/registered-within.ts';

export function resolveCidr({ cidr, ports }: EntryOf<'cidr'>, snapshot: Snapshot): EntryResolution {
  const { namespace } = snapshot;
  const within = registeredWithin({ cidr, ports }, snapshot);
  const hostOf = cidrHosts(cidr);
  const externals = ports.map((port) => ({ kind: 'cidr', cidr, port, host: hostOf(port) }) as const);
  return {
    targets: [
      ...externals.map(({ host }) => target(egressHost({ namespace, host }), 'every')),
      ...within.targets,
    ],
    externals,
    diagnostics: [...coveredCluster({ cidr }, snapshot), ...within.diagnostics],
  };
}
