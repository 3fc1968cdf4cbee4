// What other people's routing does to what an intent grants: a VirtualService may send an allowed call on to a host that nobody
// granted, a DestinationRule may leave the address to the client, an EnvoyFilter may do anything. All are told, none is touched.
import type { Diagnostic } from '../domain/diagnostic.ts';
import { excludes } from '../domain/labels.ts';
import { rootNamespacesOf } from '../domain/mesh.ts';
import type { Configuration, Scope, Snapshot } from '../domain/model.ts';
import { grantsOf, type Destination } from './destination.ts';
import type { Inquiry } from './inquiry.ts';
import { loosened } from './loosening.ts';
import type { Override, Sight } from './override.ts';
import type { Registry } from './registry.ts';
import { rerouted } from './rerouting.ts';

/** Looks at the pods of one scope and at what its Sidecar lists. */
export type Overrides = (scope: Scope, destinations: readonly Destination[]) => readonly Diagnostic[];

export function overridesOf(snapshot: Snapshot, inquiry: Inquiry, registry: Registry): Overrides {
  const known = new Map<string, Configuration>();
  const configuration = (namespace: string): Configuration => {
    const found = known.get(namespace) ?? inquiry.configuration(namespace);
    known.set(namespace, found);
    return found;
  };
  const sight: Sight = { snapshot, registry, configuration };
  return (scope, destinations) => [
    ...rerouted(scope, destinations, sight).flatMap((override) => told(scope, override)),
    ...loosened(scope, destinations, sight).flatMap((override) => told(scope, override)),
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
  const namespaces = new Set([...rootNamespacesOf(snapshot.mesh), snapshot.namespace]);
  const filters = [...namespaces]
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
