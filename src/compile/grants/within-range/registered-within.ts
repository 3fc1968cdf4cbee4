// What followed namespaces register at addresses of a granted range: it answers there without intents.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { covers, egressHost, isWildcard } from '../../../domain/istio/egress-host.ts';
import {
  hostsOfServiceEntry,
  isMatchedByAddress,
  type RegisteredHost,
  type RegisteredPort,
} from '../../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../../domain/kinds/service-entry.ts';
import type { Cidr } from '../../../domain/network.ts';
import { isWithinRange, overlapsRange } from '../../mesh/entry-addresses.ts';
import { followedNamespaces } from '../../mesh/followed-namespaces.ts';
import { isVisibleForeign } from '../../mesh/service-registry.ts';
import { answeringEntry, entryTitle } from '../followed-registration.ts';
import { target, type EntryDiagnostic, type FoundBeside } from '../resolution.ts';

/** A range that is granted on ports of plain TCP. */
export type GrantedRange = {
  readonly cidr: Cidr;
  readonly ports: readonly number[];
  /** The granted ServiceEntry that has the range, unless an entry grants the range itself. What its namespace registers is followed too. */
  readonly of?: LiveServiceEntry;
};

/** The hosts at addresses of the range are granted too where a Sidecar can list them; of the others is said that the range takes their calls. */
export function registeredWithin(range: GrantedRange, snapshot: Snapshot): FoundBeside {
  const registered = registeredIn(range, snapshot);
  const { cidr, of } = range;
  const rangeOf = of === undefined ? {} : { rangeOf: entryTitle(of) };
  return {
    targets: registered.flatMap(({ host, byAddress }) =>
      byAddress.length === 0 ? [] : [target(egressHost(host), byAddress)],
    ),
    diagnostics: registered.flatMap(({ host, entry, taken }) =>
      taken.map((port): EntryDiagnostic => ({
        code: 'CidrTakesHost',
        cidr,
        port,
        host: egressHost(host),
        serviceEntry: entryTitle(entry),
        ...rangeOf,
      })),
    ),
  };
}

/**
 * An HTTP host would be granted by its name at any address, so only hosts that Envoy matches by the address alone are listed; none that no Sidecar may list;
 * no range, whose listener would be the same; and no wildcard that imports others.
 */
const isListed = (
  { namespace, host, addressing, nameable }: RegisteredHost,
  port: RegisteredPort,
  { cluster }: Snapshot,
): boolean =>
  nameable &&
  isMatchedByAddress(port) &&
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
const registeredIn = ({ cidr, ports, of }: GrantedRange, snapshot: Snapshot): readonly RegisteredIn[] =>
  [...followedWithAddresses(snapshot), ...besides(of, snapshot)]
    .filter((entry) => entry !== of && overlapsRange(entry, cidr))
    .flatMap((entry) =>
      hostsOfServiceEntry(entry.namespace, entry, snapshot.settings.dnsCapture).flatMap((host) => {
        // Without intents, too, the range of a ServiceEntry takes the calls of any other port.
        const granted = host.ports.filter(
          (port) => ports.includes(port.number) && (of === undefined || isMatchedByAddress(port)),
        );
        const providers = of === undefined ? [] : [of.namespace];
        const isAnswering = answeringEntry(host.host, providers, snapshot)?.namespace === entry.namespace;
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
    withAddresses(followedNamespaces(snapshot), snapshot),
  );

const withAddresses = (namespaces: readonly string[], snapshot: Snapshot): readonly LiveServiceEntry[] =>
  namespaces
    .flatMap((namespace) => snapshot.cluster.registrations(namespace).serviceEntries)
    .filter((entry) => entry.addresses.length > 0 && isVisibleForeign(entry, snapshot));

/** The other ServiceEntries with addresses in the namespace of one that is granted, unless they are followed anyhow. */
const besides = (of: LiveServiceEntry | undefined, snapshot: Snapshot): readonly LiveServiceEntry[] =>
  of === undefined || followedNamespaces(snapshot).includes(of.namespace)
    ? []
    : withAddresses([of.namespace], snapshot);
