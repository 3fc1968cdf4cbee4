// The output of the compiler for one namespace.
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { FeatureDecision } from '../domain/features.ts';
import type { DesiredServiceEntry, DesiredSidecar } from './desired.ts';
import type { ServiceRegistry } from './mesh/service-registry.ts';
import type { ScopeSidecar } from './scope-sidecar.ts';

export type Compilation = {
  readonly namespace: string;
  /** One for each restricted scope, most specific first. */
  readonly sidecars: readonly DesiredSidecar[];
  /** One for each scope with Audit intents only: what would be written if they enforced. Most specific first. */
  readonly audited: readonly DesiredSidecar[];
  /** In order of name. */
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** In order of intent and entry, each once. */
  readonly diagnostics: readonly Diagnostic[];
  /** How the grants of each scope became listeners, most specific first; for `access`, which explains single calls. */
  readonly scopeSidecars: readonly ScopeSidecar[];
  /** The hosts that the namespace can see, with the ServiceEntries of this compilation. */
  readonly registry: ServiceRegistry;
  /** The keys of what was looked up in the cluster. */
  readonly lookups: readonly string[];
  /** Which Istio features are used, and why. */
  readonly featureDecisions: readonly FeatureDecision[];
};
