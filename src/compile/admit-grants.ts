// Decides which grants are in force, and builds the outputs of the accepted ones: ServiceEntries for the namespace, a Sidecar for each scope.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import { createMemo, type Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry } from './desired.ts';
import { withHeld } from './held-entries.ts';
import { refuseDisplacing } from './displacement.ts';
import { oldestGrantFirst, type Admission, type Grant } from './grants/grant.ts';
import { admitProtocols } from './grants/port-protocols.ts';
import { serviceEntriesFor } from './grants/service-entries.ts';
import type { PlatformHosts } from './mesh/platform-hosts.ts';
import { createServiceRegistry, type MeshView } from './mesh/service-registry.ts';
import type { Scope } from './scopes.ts';
import { buildScopeSidecar, type ScopeSidecar } from './scope-sidecar.ts';

/** What does not depend on the grants. */
type Context = {
  readonly snapshot: Snapshot;
  readonly platformHosts: PlatformHosts;
  readonly held: readonly LiveServiceEntry[];
};

/** Where the outputs of some grants are remembered: each round has other grants, and so has each supposition. */
type Attempt = Context & { readonly remembering: Remembering };

export type AdmittedGrants = Admission & {
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** In the order of the scopes. */
  readonly sidecars: readonly ScopeSidecar[];
  /** What the namespace sees with these ServiceEntries. */
  readonly view: MeshView;
  /** Where what is computed from the view may be remembered. */
  readonly remembering: Remembering;
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
  const displacing = refuseDisplacing(grants, outputs.sidecars, (scope, older) => {
    const [rebuilt] = outputsOf(older, [scope], { ...context, remembering: createMemo().begin([]) }).sidecars;
    if (rebuilt === undefined) throw new Error('a scope without a Sidecar');
    return rebuilt;
  });
  if (displacing.refused.length === 0) return outputs;
  const rest = admitGrants(scopes, displacing.accepted, context, round + 1);
  return { ...rest, refused: [...displacing.refused, ...rest.refused] };
}

/** The outputs of the grants for some scopes, whether one grant displaces another or not. */
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
  return { accepted, refused, serviceEntries, sidecars, view, remembering };
}
