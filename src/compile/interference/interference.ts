// Reports foreign configuration that changes where granted calls go: a VirtualService may route a call to a host that is not granted, a
// DestinationRule may let the client choose the address, an EnvoyFilter may do anything. None of these objects is ever written to.
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import { namespacesCountingFor } from '../../domain/istio/visibility.ts';
import { excludes } from '../../domain/labels.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import type { Scope } from '../scopes.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import { diagnosticsOf } from './affected-host.ts';
import { destinationRuleInterference } from './destination-rules.ts';
import { httpInRanges } from './http-in-ranges.ts';
import { virtualServiceInterference } from './virtual-services.ts';

/** About the pods of one scope and the hosts that its Sidecar imports. */
export function interferenceDiagnostics(scopeSidecar: ScopeSidecar, view: MeshView): readonly Diagnostic[] {
  const { sidecar, destinations } = scopeSidecar;
  const { scope, spec } = sidecar;
  const affected = [
    ...virtualServiceInterference(scopeSidecar, view),
    ...destinationRuleInterference(scope, destinations, spec.egress, view),
    ...httpInRanges(destinations, view),
  ];
  return [
    ...affected.flatMap((affectedHost) => diagnosticsOf(affectedHost, scope)),
    ...envoyFilterDiagnostics(scope, view),
  ];
}

/** An EnvoyFilter applies to its own namespace, and one of a root namespace to every namespace. */
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
