// An `allow` entry of kind cidr: one registration for each port, so that two apps of a namespace can be granted different ports of
// one range.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import { hostsOfServiceEntry } from '../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { cidrContains, overlap, type Cidr } from '../../domain/network.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import { isVisibleForeign } from '../mesh/service-registry.ts';
import { cidrHost } from '../object-names.ts';
import { answeringEntry } from './followed-registration.ts';
import type { Target } from './grant.ts';
import { target, type EntryOf, type EntryResolution } from './resolution.ts';

export function resolveCidr({ cidr, ports }: EntryOf<'cidr'>, snapshot: Snapshot): EntryResolution {
  const { namespace, settings } = snapshot;
  const clusterCidr = settings.clusterCidrs.find((range) => overlap(range, cidr));
  return {
    targets: [
      ...ports.map((port) => target(`${namespace}/${cidrHost(cidr, port)}`, 'every')),
      ...registeredWithin(cidr, ports, snapshot),
    ],
    externals: ports.map((port) => ({ kind: 'cidr', cidr, port })),
    diagnostics: clusterCidr === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr }],
  };
}

/**
 * Hosts that followed namespaces register with addresses of the range answer for these addresses without intents, so they are listed too. Only where
 * Envoy matches by the address alone: an HTTP host would be granted by its name at any address.
 */
const registeredWithin = (cidr: Cidr, ports: readonly number[], snapshot: Snapshot): readonly Target[] =>
  followedNamespaces(snapshot)
    .flatMap((namespace) => snapshot.cluster.registrations(namespace).serviceEntries)
    .filter((entry) => isVisibleForeign(entry, snapshot) && isWithin(cidr, entry))
    .flatMap((entry) =>
      hostsOfServiceEntry(entry.namespace, entry, snapshot.settings.dnsCapture).flatMap((host) => {
        const granted = host.ports.filter(
          (port) => ports.includes(port.number) && (port.class === 'tcp' || port.class === 'tls'),
        );
        const isAnswering = answeringEntry(host.host, [], snapshot)?.namespace === entry.namespace;
        return granted.length === 0 || !isAnswering
          ? []
          : [
              target(
                egressHost(host),
                granted.map(({ number }) => number),
              ),
            ];
      }),
    );

const isWithin = (cidr: Cidr, { addresses }: LiveServiceEntry): boolean =>
  addresses.length > 0 && addresses.every((address) => cidrContains(cidr, address));
