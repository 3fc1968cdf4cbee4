// An `allow` entry of kind cidr: one registration for each port, so that two apps of a namespace can be granted different ports of
// one range.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { overlap } from '../../domain/network.ts';
import { cidrHost } from '../object-names.ts';
import { target, type EntryOf, type EntryResolution } from './resolution.ts';

export function resolveCidr(
  { cidr, ports }: EntryOf<'cidr'>,
  { namespace, settings }: Snapshot,
): EntryResolution {
  const clusterCidr = settings.clusterCidrs.find((range) => overlap(range, cidr));
  return {
    targets: ports.map((port) => target(`${namespace}/${cidrHost(cidr, port)}`, 'every')),
    externals: ports.map((port) => ({ kind: 'cidr', cidr, port })),
    diagnostics: clusterCidr === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr }],
  };
}
