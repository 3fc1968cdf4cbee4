// Granted hosts at an address that a `cidr` entry grants as well: Envoy has one listener for both, and what answers for the entry goes to the address
// itself. Source: istio/istio pilot/pkg/networking/core/listener.go, buildSidecarOutboundListeners; pilot/pkg/model/sidecar.go, servicesForExactHosts.
import { featuresOf } from '../../../domain/features.ts';
import { egressHost, isWildcard, partsOf } from '../../../domain/istio/egress-host.ts';
import { importing } from '../../../domain/istio/imported-hosts.ts';
import { NOT_CREATED } from '../../../domain/istio/sidecar-precedence.ts';
import { byEach, byNumber } from '../../../domain/order.ts';
import type { MeshView } from '../../mesh/service-registry.ts';
import type { ScopeSidecar } from '../../scope-sidecar.ts';
import type { Destination } from '../../sidecar/destination.ts';
import type { AffectedHost } from '../affected-host.ts';
import { rangesOf } from '../http-in-ranges.ts';
import { byAge, ordersOfService, type AddressClaim } from './address-claims.ts';

export type GrantedClaim = AddressClaim & { readonly destination: Destination };

/** One for each such address and host of a ServiceEntry, about the `cidr` entry. Services within it are told where the entry is resolved. */
export function takenByAddresses(
  granted: readonly GrantedClaim[],
  hasListener: (claim: AddressClaim) => boolean,
  { destinations, sidecar }: Pick<ScopeSidecar, 'destinations' | 'sidecar'>,
  { snapshot }: MeshView,
): readonly AffectedHost[] {
  const orders = ordersOfService(snapshot);
  const isByAge = ({ host, namespace }: AddressClaim): boolean =>
    featuresOf(snapshot.settings.istioVersion).exclusions &&
    sidecar.spec.egress
      .filter(({ hosts }) => importing(hosts)(egressHost({ host, namespace })))
      .every(({ hosts }) => hosts.every((each) => each.startsWith('~') || !isWildcard(each)));
  return addressesAmong(destinations, snapshot).flatMap((address) =>
    granted
      .filter((claim) => !claim.isService && claim.address === address.address && claim.port === address.port)
      .filter((claim) =>
        (isByAge(claim) ? [byAge] : orders).some((order) => {
          const inListeners = byEach<AddressClaim>(
            byNumber((each) => (hasListener(each) ? 0 : 1)),
            order,
          );
          return inListeners(address, claim) < 0;
        }),
      )
      .map(({ host, namespace, object }): AffectedHost => ({
        destination: address.destination,
        host: address.destination.host,
        diagnostic: {
          code: 'CidrTakesHost',
          cidr: address.address,
          port: address.port,
          host: egressHost({ host, namespace }),
          serviceEntry: object,
        },
      })),
  );
}

/** The granted ranges that are single addresses. What registers one comes after all that exist, until it exists itself. */
const addressesAmong = (
  destinations: readonly Destination[],
  { namespace, cluster }: MeshView['snapshot'],
): readonly GrantedClaim[] =>
  destinations
    .flatMap((destination) => rangesOf(destination, namespace))
    .filter(({ cidr }) => !cidr.includes('/'))
    .map(({ destination, cidr, port }) => {
      const { name: host } = partsOf(destination.host);
      const live = cluster.serviceEntries(namespace, host).find(({ managed }) => managed);
      return {
        destination,
        address: cidr,
        port,
        host,
        namespace,
        object: destination.host,
        isService: false,
        creationTimestamp: live?.creationTimestamp ?? NOT_CREATED,
        exportTo: ['.'],
        key: `${host}.${namespace}`,
      };
    });
