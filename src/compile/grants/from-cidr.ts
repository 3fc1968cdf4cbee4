// An `allow` entry of kind cidr: one registration for each port, so that two apps of a namespace can be granted different ports of
// one range.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, egressHost, isWildcard } from '../../domain/istio/egress-host.ts';
import {
  hostsOfServiceEntry,
  type RegisteredHost,
  type RegisteredPort,
} from '../../domain/istio/registered-host.ts';
import { cidrHosts } from '../../domain/istio/range-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { overlap, type Cidr } from '../../domain/network.ts';
import { isWithinRange, overlapsRange } from '../mesh/entry-addresses.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import { isVisibleForeign } from '../mesh/service-registry.ts';
import { answeringEntry, entryTitle } from './followed-registration.ts';
import { target, type EntryDiagnostic, type EntryOf, type EntryResolution } from './resolution.ts';

export function resolveCidr({ cidr, ports }: EntryOf<'cidr'>, snapshot: Snapshot): EntryResolution {
  const { namespace, settings } = snapshot;
  const clusterCidr = settings.clusterCidrs.find((range) => overlap(range, cidr));
  const registered = registeredIn(cidr, ports, snapshot);
  const hostOf = cidrHosts(cidr);
  const externals = ports.map((port) => ({ kind: 'cidr', cidr, port, host: hostOf(port) }) as const);
  return {
    targets: [
      ...externals.map(({ host }) => target(egressHost({ namespace, host }), 'every')),
      ...registered.flatMap(({ host, byAddress }) =>
        byAddress.length === 0 ? [] : [target(egressHost(host), byAddress)],
      ),
    ],
    externals,
    diagnostics: [
      ...(clusterCidr === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr } as const]),
      ...registered.flatMap(({ host, entry, taken }) =>
        taken.map((port): EntryDiagnostic => ({
          code: 'CidrTakesHost',
          cidr,
          port,
          host: egressHost(host),
          serviceEntry: entryTitle(entry),
        })),
      ),
    ],
  };
}

/**
 * An HTTP host would be granted by its name at any address, so only hosts that Envoy matches by the address alone are listed; none that no Sidecar may list;
 * no range, whose listener would be the same; and no wildcard that imports others.
 */
const isListed = (
  { namespace, host, addressing, nameable }: RegisteredHost,
  { class: portClass }: RegisteredPort,
  { cluster }: Snapshot,
): boolean =>
  nameable &&
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

/** A host that answers at addresses of a range without intents. */
type RegisteredIn = {
  readonly host: RegisteredHost;
  readonly entry: LiveServiceEntry;
  /** The granted ports on which it is listed, since all its addresses are of the range. */
  readonly byAddress: readonly number[];
  /** The other granted ports: at these addresses the range takes the calls. */
  readonly taken: readonly number[];
};

/** The hosts that followed namespaces register with addresses of the range. */
const registeredIn = (cidr: Cidr, ports: readonly number[], snapshot: Snapshot): readonly RegisteredIn[] =>
  followedWithAddresses(snapshot)
    .filter((entry) => overlapsRange(entry, cidr))
    .flatMap((entry) =>
      hostsOfServiceEntry(entry.namespace, entry, snapshot.settings.dnsCapture).flatMap((host) => {
        const granted = host.ports.filter(({ number }) => ports.includes(number));
        const isAnswering = answeringEntry(host.host, [], snapshot)?.namespace === entry.namespace;
        if (granted.length === 0 || !isAnswering) return [];
        const [listed, taken] = [true, false].map((isWanted) =>
          granted
            .filter((port) => (isWithinRange(entry, cidr) && isListed(host, port, snapshot)) === isWanted)
            .map(({ number }) => number),
        );
        return [{ host, entry, byAddress: listed ?? [], taken: taken ?? [] }];
      }),
    );

/** The same list until one of them changes: the ServiceEntries of this program come and go in the same namespace. */
const followedWithAddresses = (snapshot: Snapshot): readonly LiveServiceEntry[] =>
  snapshot.run.derive('followed ServiceEntries with addresses', '', [], () =>
    followedNamespaces(snapshot)
      .flatMap((namespace) => snapshot.cluster.registrations(namespace).serviceEntries)
      .filter((entry) => entry.addresses.length > 0 && isVisibleForeign(entry, snapshot)),
  );
