// Reads the rest of the cluster by name. What a reader returns as absent is known to be absent.
import type { AuthorizationPolicy } from '../domain/kinds/authorization-policy.ts';
import type { DestinationRule } from '../domain/kinds/destination-rule.ts';
import type { EnvoyFilter } from '../domain/kinds/envoy-filter.ts';
import type { GatewayRoute } from '../domain/kinds/gateway-route.ts';
import type { RequestAuthentication } from '../domain/kinds/request-authentication.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { Service } from '../domain/kinds/service.ts';
import type { Telemetry } from '../domain/kinds/telemetry.ts';
import type { VirtualService } from '../domain/kinds/virtual-service.ts';
import type { Labels } from '../domain/labels.ts';

export type ClusterReader = {
  readonly hasNamespace: (name: string) => boolean;
  /** `undefined` if they are not known: for a namespace of which files hold only other objects, too. */
  readonly namespaceLabels: (name: string) => Labels | undefined;
  readonly service: (namespace: string, name: string) => Service | undefined;
  /** Every Service with a ClusterIP in a block of addresses, as `blockOf` names it. In order of namespace and name. */
  readonly servicesInBlock: (block: string) => readonly Service[];
  /** Every ServiceEntry of a namespace that names the host, in order of name. */
  readonly serviceEntries: (namespace: string, host: string) => readonly LiveServiceEntry[];
  /** Every ServiceEntry of any namespace with a host of which this is a look-up name (`lookupNames`), in order of namespace and name. */
  readonly serviceEntriesAnywhere: (host: string) => readonly LiveServiceEntry[];
  /** Every ServiceEntry of any namespace that has a host below the wildcard. */
  readonly serviceEntriesBelow: (wildcard: string) => readonly LiveServiceEntry[];
  /** Every VirtualService of any namespace with a host of which this is a look-up name (`lookupNames`), in lower case. In order of namespace and name. */
  readonly virtualServicesAnywhere: (host: string) => readonly VirtualService[];
  /** Every VirtualService of any namespace that has a host below the wildcard. */
  readonly virtualServicesBelow: (wildcard: string) => readonly VirtualService[];
  /** Every route of the Gateway API, of any namespace, with this parent; the key is that of `parentKey`. */
  readonly gatewayRoutesOf: (parent: string) => readonly GatewayRoute[];
  /** Everything that a namespace registers with Istio, in no particular order. */
  readonly registrations: (namespace: string) => Registrations;
  /** The other Istio objects of a namespace that affect outbound calls, in no particular order. */
  readonly istioConfig: (namespace: string) => IstioConfig;
};

export type Registrations = {
  readonly services: readonly Service[];
  readonly serviceEntries: readonly LiveServiceEntry[];
};

export type IstioConfig = {
  readonly virtualServices: readonly VirtualService[];
  readonly gatewayRoutes: readonly GatewayRoute[];
  readonly destinationRules: readonly DestinationRule[];
  readonly envoyFilters: readonly EnvoyFilter[];
  readonly telemetries: readonly Telemetry[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly requestAuthentications: readonly RequestAuthentication[];
};
