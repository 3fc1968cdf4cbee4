// Which hosts are registered at an address with a port of TCP or TLS. Envoy has one listener for both, and Istio makes it for the first of the hosts that
// the pods may call. Source: istio/istio pilot/pkg/networking/core/listener.go, buildSidecarOutboundListeners; pilot/pkg/model/push_context.go,
// servicesExportedToNamespace and SortServicesByCreationTime.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import type { ExportTo } from '../../../domain/kinds/metadata.ts';
import { exportToByDefault } from '../../../domain/istio/visibility.ts';
import {
  hostOfService,
  hostsOfServiceEntry,
  isMatchedByAddress,
  type RegisteredHost,
} from '../../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../../domain/kinds/service-entry.ts';
import type { Service } from '../../../domain/kinds/service.ts';
import { blockOf, parseCidr, type Cidr } from '../../../domain/network.ts';
import { byEach, byKey, byNumber } from '../../../domain/order.ts';
import { followedNamespaces } from '../../mesh/followed-namespaces.ts';
import { isVisibleForeign, isVisibleTo } from '../../mesh/service-registry.ts';

/** A host at one address on one port. */
export type AddressClaim = {
  readonly address: Cidr;
  readonly port: number;
  readonly host: string;
  readonly namespace: string;
  /** `namespace/name` of the object that registers it. */
  readonly object: string;
  readonly isService: boolean;
  readonly creationTimestamp: string;
  readonly exportTo: ExportTo;
  /** By which Istio orders objects of one age. */
  readonly key: string;
};

export function claimsOfEntry(entry: LiveServiceEntry, { settings }: Snapshot): readonly AddressClaim[] {
  const addresses = addressesIn(entry.addresses);
  if (addresses.length === 0 || addresses.length < entry.addresses.length) return [];
  return hostsOfServiceEntry(entry.namespace, entry, settings.dnsCapture).flatMap((host) =>
    claimsOf(host, addresses, { object: entry, isService: false, key: `${host.host}.${entry.namespace}` }),
  );
}

export function claimsOfService(service: Service, { settings }: Snapshot): readonly AddressClaim[] {
  const host = hostOfService(service, settings.clusterDomain);
  if (host === undefined) return [];
  const key = `${service.name}.${service.namespace}`;
  return claimsOf(host, addressesIn(service.clusterIps), { object: service, isService: true, key });
}

const addressesIn = (addresses: readonly string[]): readonly Cidr[] =>
  addresses.flatMap((address) => {
    const parsed = parseCidr(address);
    return parsed.ok && !parsed.value.includes('/') ? [parsed.value] : [];
  });

const claimsOf = (
  { host, ports }: RegisteredHost,
  addresses: readonly Cidr[],
  {
    object: { namespace, name, creationTimestamp, exportTo },
    isService,
    key,
  }: Pick<AddressClaim, 'isService' | 'key'> & { readonly object: LiveServiceEntry | Service },
): readonly AddressClaim[] =>
  ports.filter(isMatchedByAddress).flatMap(({ number }) =>
    addresses.map((address) => ({
      address,
      port: number,
      host,
      namespace,
      object: `${namespace}/${name}`,
      isService,
      creationTimestamp,
      exportTo,
      key,
    })),
  );

type Order = (a: AddressClaim, b: AddressClaim) => number;

/** The oldest first. Source: istio/istio pilot/pkg/model/push_context.go, SortServicesByCreationTime. */
export const byAge = byEach<AddressClaim>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ key }) => key),
);

/**
 * The orders in which Istio puts the hosts that a namespace sees. Before 1.31 those of its own that only it sees come first, then those that are exported
 * to it by name; since then both together, by age. Those that are exported to every namespace come last, the oldest first.
 */
export function ordersOfService({ namespace: own, mesh }: Snapshot): readonly Order[] {
  const isPublic = ({ exportTo }: AddressClaim): boolean =>
    (exportTo.length === 0 ? exportToByDefault(mesh, 'Service') : exportTo).includes('*');
  const ranks: readonly ((claim: AddressClaim) => number)[] = [
    (claim) => (isPublic(claim) ? 1 : 0),
    (claim) => (isPublic(claim) ? 2 : claim.namespace === own ? 0 : 1),
  ];
  return ranks.map((rank) => byEach<AddressClaim>(byNumber(rank), byAge));
}

/** What followed namespaces register at addresses. Few, as a rule. */
export const followedClaims = (snapshot: Snapshot): readonly AddressClaim[] =>
  snapshot.run.derive('followed hosts with addresses', '', [], () =>
    followedNamespaces(snapshot).flatMap((namespace) => claimsOfNamespace(namespace, snapshot)),
  );

/** What the ServiceEntries of a namespace register at addresses. */
export const claimsOfNamespace = (namespace: string, snapshot: Snapshot): readonly AddressClaim[] =>
  snapshot.cluster
    .registrations(namespace)
    .serviceEntries.filter((entry) => isVisibleForeign(entry, snapshot))
    .flatMap((entry) => claimsOfEntry(entry, snapshot));

/** The Services with this ClusterIP. */
export const servicesAt = (address: Cidr, snapshot: Snapshot): readonly AddressClaim[] =>
  snapshot.cluster
    .servicesInBlock(blockOf(address))
    .filter((service) => isVisibleTo(snapshot, service))
    .flatMap((service) => claimsOfService(service, snapshot))
    .filter((claim) => claim.address === address);
