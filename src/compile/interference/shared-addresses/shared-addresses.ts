// Granted hosts at addresses where several hosts are registered with TCP or TLS on one port: without intents the first of all answers there, with them
// the first of those that the pods may call.
import { egressHost } from '../../../domain/istio/egress-host.ts';
import { serviceNameIn } from '../../../domain/istio/service-host.ts';
import {
  claimsOfEntry,
  claimsOfNamespace,
  claimsOfService,
  followedClaims,
  ordersOfService,
  servicesAt,
  type AddressClaim,
} from './address-claims.ts';
import { isVisibleForeign, type MeshView } from '../../mesh/service-registry.ts';
import { carriedNames } from '../../routes/carried-names.ts';
import type { ScopeSidecar } from '../../scope-sidecar.ts';
import { once } from '../../../domain/once.ts';
import { byEach, byNumber } from '../../../domain/order.ts';
import { reachableHosts, type ReachableHost } from '../../sidecar/destination.ts';
import type { AffectedHost } from '../affected-host.ts';
import { takenByAddresses, type GrantedClaim } from './granted-addresses.ts';

/**
 * One for each such address and port, about each entry that grants what answers now or what answered before; and those of `takenByAddresses`.
 */
export function sharedAddresses(
  { destinations, routedListeners, sidecar }: ScopeSidecar,
  view: MeshView,
): readonly AffectedHost[] {
  const granted = reachableHosts(destinations, view.registry).flatMap((host) => claimsOn(host, view));
  if (granted.length === 0) return [];
  const competing = competitorsOf(granted, view);
  const heard = once(
    () =>
      new Set(
        routedListeners.flatMap((listener) =>
          carriedNames(listener, view.registry).map(
            ({ name, provider }) =>
              `${listener.spec.port?.number} ${egressHost({ namespace: provider, host: name })}`,
          ),
        ),
      ),
  );
  const hasListener = (claim: AddressClaim): boolean => heard().has(`${claim.port} ${egressHost(claim)}`);
  const replaced = [...Map.groupBy(granted, keyOf)].flatMap(([key, claims]) =>
    ordersOfService(view.snapshot).flatMap((order) => {
      const [first] = [...claims, ...(competing.get(key) ?? [])].toSorted(order);
      const inListeners = byEach<GrantedClaim>(
        byNumber((claim) => (hasListener(claim) ? 0 : 1)),
        order,
      );
      const [answering] = claims.length === 1 ? claims : claims.toSorted(inListeners);
      // The hosts of one object have the same endpoints.
      if (first === undefined || answering === undefined || isSameObject(first, answering)) return [];
      const lost = claims.filter(
        ({ host, namespace }) => host === first.host && namespace === first.namespace,
      );
      return [answering, ...lost].map((claim) => affected(claim, first, answering));
    }),
  );
  return [...replaced, ...takenByAddresses(granted, hasListener, { destinations, sidecar }, view)];
}

const keyOf = ({ address, port }: AddressClaim): string => `${address} ${port}`;

/** The addresses and ports on which a granted host may be called. */
function claimsOn(
  { destination, host: { namespace, host, managed, addressing }, ports }: ReachableHost,
  { snapshot }: MeshView,
): readonly GrantedClaim[] {
  if (managed || addressing !== 'address') return [];
  const { cluster, settings } = snapshot;
  const service = serviceNameIn(namespace, host, settings.clusterDomain);
  const registered = service === undefined ? undefined : cluster.service(namespace, service);
  if (registered !== undefined && followedClaims(snapshot).length === 0) return [];
  const claims =
    registered === undefined
      ? cluster
          .serviceEntries(namespace, host)
          .filter((entry) => isVisibleForeign(entry, snapshot))
          .flatMap((entry) => claimsOfEntry(entry, snapshot))
      : claimsOfService(registered, snapshot);
  return claims
    .filter((claim) => claim.host === host && ports.some(({ number }) => number === claim.port))
    .map((claim) => ({ ...claim, destination }));
}

/** What others register at these addresses: those that are followed, the granting namespaces, and Services. */
function competitorsOf(
  granted: readonly GrantedClaim[],
  { snapshot }: MeshView,
): ReadonlyMap<string, readonly AddressClaim[]> {
  const ofEntries = granted.filter(({ isService }) => !isService);
  const providers = new Set(ofEntries.map(({ namespace }) => namespace));
  const addresses = new Set(ofEntries.map(({ address }) => address));
  const all = [
    ...followedClaims(snapshot),
    ...[...providers].flatMap((namespace) => claimsOfNamespace(namespace, snapshot)),
    ...[...addresses].flatMap((address) => servicesAt(address, snapshot)),
  ];
  return Map.groupBy(all, keyOf);
}

const affected = (
  { destination, host, namespace }: GrantedClaim,
  first: AddressClaim,
  answering: AddressClaim,
): AffectedHost => ({
  destination,
  host: egressHost({ host, namespace }),
  diagnostic: {
    code: 'RegistrationReplaced',
    host: first.host,
    serviceEntry: first.object,
    ports: [first.port],
    usedInstead: egressHost(answering),
    atAddress: first.address,
    ...(first.isService ? { isService: true } : {}),
  },
});

const isSameObject = (a: AddressClaim, b: AddressClaim): boolean =>
  a.object === b.object && a.isService === b.isService;
