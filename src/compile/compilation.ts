// What the compiler returns for one namespace: the objects that it should have, and the diagnostics for their authors.
import type { Scope } from './scopes.ts';
import type { SidecarSpec } from '../domain/kinds/sidecar.ts';
import type { ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostic.ts';
import type { Lookup } from '../cluster/lookup.ts';
import type { FeatureDecision } from '../domain/features.ts';

/** A Sidecar as it should be. Its name is the plan's to choose, since Istio goes by age and then by name. */
export type DesiredSidecar = {
  readonly kind: 'Sidecar';
  readonly scope: Scope;
  readonly spec: SidecarSpec;
  /** What it lists because the mesh is configured so, in order of host. */
  readonly platformHosts: readonly PlatformHost[];
};

/** A host that the proxies themselves must reach, as a Sidecar lists it, and who says so, for people. */
export type PlatformHost = { readonly host: string; readonly reason: string };

export type DesiredServiceEntry = {
  readonly kind: 'ServiceEntry';
  readonly name: string;
  readonly spec: ServiceEntrySpec;
  /** The intents that want it, in order of name. */
  readonly intents: readonly Intent[];
};

export type Compilation = {
  readonly namespace: string;
  /** Of the scopes that are closed, most specific first. */
  readonly sidecars: readonly DesiredSidecar[];
  /** Of the scopes that only Audit intents speak for: what would be written if they enforced. Most specific first. */
  readonly audited: readonly DesiredSidecar[];
  /** In order of name. */
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** In order of intent and entry. */
  readonly diagnostics: readonly Diagnostic[];
  readonly lookups: readonly Lookup[];
  /** What was chosen by the version and the configuration of the mesh, and why. */
  readonly featureDecisions: readonly FeatureDecision[];
};
