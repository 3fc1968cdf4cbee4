// The objects that a namespace should have, before the plan compares them with what the cluster holds.
import type { Intent } from '../domain/egress-intent/intent.ts';
import type { ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { SidecarSpec } from '../domain/kinds/sidecar.ts';
import type { Scope } from './scopes.ts';

/** The plan chooses the name, since Istio's precedence depends on age and then on the name. */
export type DesiredSidecar = {
  readonly kind: 'Sidecar';
  readonly scope: Scope;
  readonly spec: SidecarSpec;
  /** Hosts that are listed because the configuration of the mesh needs them, in order of host. */
  readonly platformHosts: readonly PlatformHost[];
};

/** A host that the proxies themselves call, as a Sidecar lists it, and the object that asks for it, for people to read. */
export type PlatformHost = {
  readonly host: string;
  readonly reason: string;
  /** The ports that the proxies call. */
  readonly ports: 'every' | readonly number[];
};

export type DesiredServiceEntry = {
  readonly kind: 'ServiceEntry';
  readonly name: string;
  readonly spec: ServiceEntrySpec;
  /** The intents that need it, in order of name. */
  readonly intents: readonly Intent[];
};
