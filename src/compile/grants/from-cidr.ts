// An `allow` entry of kind cidr: one ServiceEntry for each port of the range.
import type { EntryOf, EntryResolution } from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { overlap } from '../../domain/network.ts';

/** Ports of one range are registered apart, so that two apps of a namespace may be given different ones. */
export function resolveCidr({ cidr, ports }: EntryOf<'cidr'>, { settings }: Snapshot): EntryResolution {
  const covered = settings.clusterCidrs.find((range) => overlap(range, cidr));
  return {
    externals: ports.map((port) => ({ kind: 'cidr', cidr, port })),
    diagnostics: covered === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr: covered }],
  };
}
