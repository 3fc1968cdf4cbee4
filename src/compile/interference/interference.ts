// What other people's routing does to what an intent grants: a VirtualService may send an allowed call on to a host that nobody
// granted, a DestinationRule may leave the address to the client, an EnvoyFilter may do anything. All are told, none is touched.
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import { excludes } from '../../domain/labels.ts';
import { grantsOf, type Destination } from '../sidecar/destination.ts';
import { loosened } from './destination-rules.ts';
import type { Sight } from '../mesh/visible-routes.ts';
import { rerouted } from './virtual-services.ts';
import { namespacesCountingFor } from '../../domain/istio/visibility.ts';
import type { Scope } from '../scopes.ts';
import type { Built } from '../sidecar/sidecar.ts';
import type { Finding } from '../grants/resolution.ts';

/** Looks at the pods of one scope and at what its Sidecar lists. */
export function overridesOn(
  { sidecar: { scope }, destinations, listeners, keptOut }: Built,
  sight: Sight,
): readonly Diagnostic[] {
  return [
    ...rerouted(scope, destinations, keptOut, sight).flatMap((override) => told(scope, override)),
    ...loosened(scope, destinations, listeners.egress, sight).flatMap((override) => told(scope, override)),
    ...patched(scope, sight),
  ];
}

/** Told to each entry that grants the host or, of what the platform allows, to each intent. */
function told({ intents }: Scope, { destination, host, finding }: Override): readonly Diagnostic[] {
  const grants = grantsOf(destination, host);
  if (grants.length === 0) return intents.map(({ name }): Diagnostic => ({ ...finding, intent: name }));
  return grants.map(({ intent, entry }): Diagnostic => ({ ...finding, intent: intent.name, entry }));
}

/** An EnvoyFilter counts in its own namespace, and one of a root namespace everywhere. */
function patched({ selector, intents }: Scope, { snapshot, configuration }: Sight): readonly Diagnostic[] {
  const filters = namespacesCountingFor(snapshot.namespace, snapshot.mesh)
    .flatMap((namespace) => configuration(namespace).envoyFilters)
    .filter((filter) => filter.isOutbound && !excludes(filter.selector, selector));
  return filters.flatMap(({ namespace, name }) =>
    intents.map((intent): Diagnostic => ({
      code: 'EnvoyFilterPatches',
      intent: intent.name,
      envoyFilter: `${namespace}/${name}`,
    })),
  );
}

export type Override = {
  readonly destination: Destination;
  /** As a Sidecar lists it: the host that is called. */
  readonly host: string;
  readonly finding: Finding;
};
