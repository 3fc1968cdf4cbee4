// What other people's routing does to what an intent grants: a VirtualService may send an allowed call on to a host that nobody
// granted, a DestinationRule may leave the address to the client, an EnvoyFilter may do anything. All are told, none is touched.
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import { excludes } from '../../domain/labels.ts';
import { grantsFor, type Destination } from '../sidecar/destination.ts';
import { destinationRuleInterference } from './destination-rules.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { virtualServiceInterference } from './virtual-services.ts';
import { namespacesCountingFor } from '../../domain/istio/visibility.ts';
import type { Scope } from '../scopes.ts';
import type { ScopeSidecar } from '../sidecar/sidecar.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';

/** Looks at the pods of one scope and at what its Sidecar lists. */
export function interferenceDiagnostics(
  { sidecar, destinations, excludedRoutes }: ScopeSidecar,
  view: MeshView,
): readonly Diagnostic[] {
  const { scope, spec } = sidecar;
  return [
    ...virtualServiceInterference(scope, destinations, excludedRoutes, view).flatMap((override) =>
      addressed(scope, override),
    ),
    ...destinationRuleInterference(scope, destinations, spec.egress, view).flatMap((override) =>
      addressed(scope, override),
    ),
    ...envoyFilterDiagnostics(scope, view),
  ];
}

/** Told to each entry that grants the host or, of what the platform allows, to each intent. */
function addressed({ intents }: Scope, { destination, host, finding }: Interference): readonly Diagnostic[] {
  const grants = grantsFor(destination, host);
  if (grants.length === 0) return intents.map(({ name }): Diagnostic => ({ ...finding, intent: name }));
  return grants.map(({ intent, entry }): Diagnostic => ({ ...finding, intent: intent.name, entry }));
}

/** An EnvoyFilter counts in its own namespace, and one of a root namespace everywhere. */
function envoyFilterDiagnostics({ selector, intents }: Scope, { snapshot }: MeshView): readonly Diagnostic[] {
  const filters = namespacesCountingFor(snapshot.namespace, snapshot.mesh)
    .flatMap((namespace) => snapshot.cluster.istioConfig(namespace).envoyFilters)
    .filter((filter) => filter.isOutbound && !excludes(filter.selector, selector));
  return filters.flatMap(({ namespace, name }) =>
    intents.map((intent): Diagnostic => ({
      code: 'EnvoyFilterPresent',
      intent: intent.name,
      envoyFilter: `${namespace}/${name}`,
    })),
  );
}

export type Interference = {
  readonly destination: Destination;
  /** As a Sidecar lists it: the host that is called. */
  readonly host: string;
  readonly finding: EntryDiagnostic;
};
