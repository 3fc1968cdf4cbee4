// Decides which grants are in force, and builds the outputs of the accepted ones: ServiceEntries for the namespace, a Sidecar for each scope.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import { createMemo, type Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry } from './desired.ts';
import { withHeld } from './held-entries.ts';
import { affectingGrants } from './affecting-grants.ts';
import { displacingGrants } from './displacement.ts';
import { oldestGrantFirst, type Admission, type Grant } from './grants/grant.ts';
import { admitProtocols } from './grants/port-protocols.ts';
import { serviceEntriesFor } from './grants/service-entries.ts';
import type { PlatformHosts } from './mesh/platform-hosts.ts';
import { createServiceRegistry, type MeshView } from './mesh/service-registry.ts';
import type { Scope } from './scopes.ts';
import { buildScopeSidecar, scopeListeners, type ScopeSidecar } from './scope-sidecar.ts';
import type { PortConflict } from './sidecar/destination.ts';

/** What does not depend on the grants. */
type Context = {
  readonly snapshot: Snapshot;
  readonly platformHosts: PlatformHosts;
  readonly held: readonly LiveServiceEntry[];
};

/** Where the outputs of some grants are remembered: each round has other grants. */
type Attempt = Context & { readonly remembering: Remembering };

export type AdmittedGrants = Admission & {
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** In the order of the scopes. */
  readonly sidecars: readonly ScopeSidecar[];
  /** What the namespace sees with these ServiceEntries. */
  readonly view: MeshView;
  /** Where what is computed from the view may be remembered. */
  readonly remembering: Remembering;
  /** The accepted ones, by the name of their intent. */
  readonly grantsOf: (intent: string) => readonly Grant[];
};

/**
 * Builds the outputs of the grants until no grant displaces an older one. Each round refuses at least one grant, so it ends. The accepted
 * grants are in order of age, oldest first.
 */
export function admitGrants(
  scopes: readonly Scope[],
  grants: readonly Grant[],
  context: Context,
  round = 1,
): AdmittedGrants {
  const remembering = context.snapshot.run.within(`round ${round}: `);
  const outputs = outputsOf(grants, scopes, { ...context, remembering });
  const { grantsOf } = outputs;
  const displacing = displacingGrants(outputs.sidecars, {
    affecting: affectingGrants(outputs.accepted, remembering, { ...context, grantsOf }),
    conflictsOf: (scope) => conflictsOf(scope, context),
    also: context.held,
    remembering,
  });
  if (displacing.size === 0) return outputs;
  const others = grants.filter((grant) => !displacing.has(grant));
  const rest = admitGrants(scopes, others, context, round + 1);
  return { ...rest, refused: [...displacing.values(), ...rest.refused] };
}

/** The ports that a scope cannot have if the namespace has no other grants than these. */
function conflictsOf(
  scope: Scope,
  { snapshot, platformHosts, held }: Context,
): (grants: readonly Grant[]) => readonly PortConflict[] {
  // What is remembered from one supposition to the next reads nothing of the cluster: a conflict that is remembered itself must.
  const memo = createMemo();
  return (grants) => {
    const remembering = memo.begin([]);
    const entries = withHeld(serviceEntriesFor(grants, snapshot.settings, remembering), held, remembering);
    const registry = createServiceRegistry(snapshot, entries, remembering);
    const granted = grants.filter(({ intent }) => scope.intents.includes(intent));
    const view = { snapshot, registry };
    return scopeListeners({ scope, grants: granted, platformHosts: platformHosts(scope) }, view).listeners
      .conflicts;
  };
}

/** The outputs of the grants, whether one grant displaces another or not. */
function outputsOf(
  grants: readonly Grant[],
  scopes: readonly Scope[],
  { snapshot, platformHosts, held, remembering }: Attempt,
): AdmittedGrants {
  const { accepted, refused } = admitProtocols(grants);
  const serviceEntries = serviceEntriesFor(accepted, snapshot.settings, remembering);
  const registered = withHeld(serviceEntries, held, remembering);
  const registry = createServiceRegistry(snapshot, registered, remembering);
  const view: MeshView = { snapshot, registry };
  const grantsOf = remembering.grouped('grants of an intent', accepted, ({ intent }) => [intent.name]);
  const sidecars = deriveEach(remembering, 'Sidecar of a scope', scopes, {
    key: ({ key }) => key,
    compute: (scope) => {
      const granted = scope.intents.flatMap(({ name }) => grantsOf(name)).toSorted(oldestGrantFirst);
      return buildScopeSidecar({ scope, grants: granted, platformHosts: platformHosts(scope) }, view);
    },
  });
  return { accepted, refused, serviceEntries, sidecars, view, remembering, grantsOf };
}
