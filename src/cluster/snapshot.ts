// The values that pass between the hops: a snapshot of the world, what the compiler makes of it, and the plan of writes.
import type { Service } from '../domain/kinds/service.ts';
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { Mesh } from '../domain/kinds/mesh-config.ts';
import type { Telemetry } from '../domain/kinds/telemetry.ts';
import type { VirtualService } from '../domain/kinds/virtual-service.ts';
import type { EffectiveSettings } from '../domain/settings.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { AuthorizationPolicy } from '../domain/kinds/authorization-policy.ts';
import type { RequestAuthentication } from '../domain/kinds/request-authentication.ts';
import type { DestinationRule } from '../domain/kinds/destination-rule.ts';
import type { EnvoyFilter } from '../domain/kinds/envoy-filter.ts';

/** Look-ups by name into the rest of the cluster. What is not there is known to be absent. */
export type Cluster = {
  readonly hasNamespace: (name: string) => boolean;
  readonly service: (namespace: string, name: string) => Service | undefined;
  /** Every ServiceEntry of a namespace that names the host, in order of name. */
  readonly serviceEntries: (namespace: string, host: string) => readonly LiveServiceEntry[];
  /** Everything of a namespace, in no particular order. */
  readonly registrations: (namespace: string) => Registrations;
  /** What else of Istio's stands in a namespace and bears on calls, in no particular order. */
  readonly istioConfig: (namespace: string) => IstioConfig;
};

export type Registrations = {
  readonly services: readonly Service[];
  readonly serviceEntries: readonly LiveServiceEntry[];
};

export type IstioConfig = {
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly envoyFilters: readonly EnvoyFilter[];
  readonly telemetries: readonly Telemetry[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly requestAuthentications: readonly RequestAuthentication[];
};

/** One namespace and all that bears on it, at one moment. Lists are in order of name. */
export type Snapshot = {
  readonly namespace: string;
  readonly settings: EffectiveSettings;
  readonly mesh: Mesh;
  readonly intents: readonly Intent[];
  readonly invalid: readonly InvalidIntent[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  readonly cluster: Cluster;
};
