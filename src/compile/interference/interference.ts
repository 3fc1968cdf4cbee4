// Reports foreign configuration that changes where granted calls go: a VirtualService may route a call to a host that is not granted, a
// DestinationRule may let the client choose the address, an EnvoyFilter may do anything. None of these objects is ever written to.
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import { isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { namespacesCountingFor } from '../../domain/istio/visibility.ts';
import type { EnvoyFilter } from '../../domain/kinds/envoy-filter.ts';
import type { SidecarSpec } from '../../domain/kinds/sidecar.ts';
import { excludes, type Labels } from '../../domain/labels.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import type { Scope } from '../scopes.ts';
import type { ScopeSidecar } from '../scope-sidecar.ts';
import { diagnosticsOf } from './affected-host.ts';
import { destinationRuleInterference } from './destination-rules.ts';
import { httpInRanges } from './http-in-ranges.ts';
import { outdoneWildcards } from './registrations/outdone-wildcards.ts';
import { replacedRegistrations } from './registrations/replaced-registrations.ts';
import { sharedAddresses } from './shared-addresses/shared-addresses.ts';
import { virtualServiceInterference } from './virtual-services.ts';

/** About the pods of one scope and the hosts that its Sidecar imports. */
export function interferenceDiagnostics(scopeSidecar: ScopeSidecar, view: MeshView): readonly Diagnostic[] {
  const { sidecar, destinations } = scopeSidecar;
  const { scope, spec } = sidecar;
  const affected = [
    ...virtualServiceInterference(scopeSidecar, view),
    ...destinationRuleInterference(scope, destinations, spec.egress, view),
    ...httpInRanges(destinations, view),
    ...replacedRegistrations(scopeSidecar, view),
    ...outdoneWildcards(scopeSidecar, view),
    ...sharedAddresses(scopeSidecar, view),
  ];
  return [
    ...affected.flatMap((affectedHost) => diagnosticsOf(affectedHost, scope)),
    ...envoyFilterDiagnostics(scope, view),
    ...envoyFilterCalls(scope, spec.egress, view),
  ];
}

/** Clusters that an EnvoyFilter names, of hosts that the Sidecar does not list: Istio gives its pods none of them. */
function envoyFilterCalls(
  { selector, intents }: Scope,
  egress: SidecarSpec['egress'],
  view: MeshView,
): readonly Diagnostic[] {
  const listed = egress.flatMap(({ hosts }) => hosts.filter((each) => !each.startsWith('~')));
  const isListed = (host: string): boolean =>
    listed.some((each) =>
      isWildcard(each)
        ? view.registry(each).some((registered) => registered.host === host)
        : partsOf(each).name === host,
    );
  return filtersFor(selector, view).flatMap(({ namespace, name, clusterHosts }) =>
    clusterHosts
      .filter((host) => !isListed(host))
      .flatMap((host) =>
        intents.map((intent): Diagnostic => ({
          code: 'EnvoyFilterCallsHost',
          intent: intent.name,
          envoyFilter: `${namespace}/${name}`,
          host,
        })),
      ),
  );
}

/** An EnvoyFilter applies to its own namespace, and one of a root namespace to every namespace. */
const filtersFor = (selector: Labels, { snapshot }: MeshView): readonly EnvoyFilter[] =>
  namespacesCountingFor(snapshot.namespace, snapshot.mesh)
    .flatMap((namespace) => snapshot.cluster.istioConfig(namespace).envoyFilters)
    .filter((filter) => !excludes(filter.selector, selector));

function envoyFilterDiagnostics({ selector, intents }: Scope, view: MeshView): readonly Diagnostic[] {
  const filters = filtersFor(selector, view).filter(({ isOutbound }) => isOutbound);
  return filters.flatMap(({ namespace, name }) =>
    intents.map((intent): Diagnostic => ({
      code: 'EnvoyFilterPresent',
      intent: intent.name,
      envoyFilter: `${namespace}/${name}`,
    })),
  );
}
