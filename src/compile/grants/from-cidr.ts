// An `allow` entry of kind cidr: one registration for each port, so that two apps of a namespace can be granted different ports of
// one range.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, egressHost, isWildcard } from '../../domain/istio/egress-host.ts';
import {
  hostsOfServiceEntry,
  type RegisteredHost,
  type RegisteredPort,
} from '../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { overlap, parseCidr, prefixLengthOf, type Cidr } from '../../domain/network.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import { isVisibleForeign } from '../mesh/service-registry.ts';
import { cidrHost } from '../object-names.ts';
import { answeringEntry, titleOf } from './followed-registration.ts';
import { target, type EntryOf, type EntryResolution } from './resolution.ts';

export function resolveCidr({ cidr, ports }: EntryOf<'cidr'>, snapshot: Snapshot): EntryResolution {
  const { namespace, settings } = snapshot;
  const clusterCidr = settings.clusterCidrs.find((range) => overlap(range, cidr));
  const registered = registeredWithin(cidr, ports, snapshot);
  return {
    targets: [
      ...ports.map((port) => target(`${namespace}/${cidrHost(cidr, port)}`, 'every')),
      ...registered.flatMap(({ host, ports: within }) => {
        const byAddress = within.filter((port) => isListed(host, port, snapshot)).map(({ number }) => number);
        return byAddress.length === 0 ? [] : [target(egressHost(host), byAddress)];
      }),
    ],
    externals: ports.map((port) => ({ kind: 'cidr', cidr, port })),
    diagnostics: [
      ...(clusterCidr === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr } as const]),
      ...registered.flatMap(({ host, entry, ports: within }) =>
        within
          .filter((port) => !isListed(host, port, snapshot))
          .map(({ number: port }) => {
            const serviceEntry = titleOf(entry);
            return { code: 'CidrTakesHost', cidr, port, host: egressHost(host), serviceEntry } as const;
          }),
      ),
    ],
  };
}

/**
 * An HTTP host would be granted by its name at any address, so only hosts that Envoy matches by the address alone are listed; no range, whose listener would
 * be the same; and no wildcard that imports others.
 */
const isListed = (
  { namespace, host, addressing }: RegisteredHost,
  { class: portClass }: RegisteredPort,
  { cluster }: Snapshot,
): boolean =>
  (portClass === 'tcp' || portClass === 'tls') &&
  addressing !== 'range' &&
  (!isWildcard(host) || !importsOthers(namespace, host, cluster));

const importsOthers = (namespace: string, wildcard: string, cluster: Snapshot['cluster']): boolean =>
  cluster
    .serviceEntriesBelow(wildcard)
    .some(
      (entry) =>
        entry.namespace === namespace &&
        entry.hosts.some((host) => host !== wildcard && covers(wildcard, host)),
    );

/** A host that answers at addresses of a range without intents, and its ports that are granted. */
type RegisteredWithin = {
  readonly host: RegisteredHost;
  readonly entry: LiveServiceEntry;
  readonly ports: readonly RegisteredPort[];
};

/** The hosts that followed namespaces register with addresses of the range only. */
const registeredWithin = (
  cidr: Cidr,
  ports: readonly number[],
  snapshot: Snapshot,
): readonly RegisteredWithin[] =>
  followedNamespaces(snapshot)
    .flatMap((namespace) => snapshot.cluster.registrations(namespace).serviceEntries)
    .filter((entry) => isVisibleForeign(entry, snapshot) && isWithin(cidr, entry))
    .flatMap((entry) =>
      hostsOfServiceEntry(entry.namespace, entry, snapshot.settings.dnsCapture).flatMap((host) => {
        const within = host.ports.filter(({ number }) => ports.includes(number));
        const isAnswering = answeringEntry(host.host, [], snapshot)?.namespace === entry.namespace;
        return within.length > 0 && isAnswering ? [{ host, entry, ports: within }] : [];
      }),
    );

const isWithin = (cidr: Cidr, { addresses }: LiveServiceEntry): boolean =>
  addresses.length > 0 &&
  addresses.every((address) => {
    const range = parseCidr(address);
    return range.ok && overlap(cidr, range.value) && prefixLengthOf(range.value) >= prefixLengthOf(cidr);
  });
