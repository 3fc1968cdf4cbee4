// Refuses grants that would take a port away from an older grant. An external host is registered with the ports of the whole namespace, so
// an entry of a younger intent can change the listeners of pods that the intent does not select.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { covers, partsOf } from '../domain/istio/egress-host.ts';
import { labelsKey } from '../domain/labels.ts';
import { byNumber } from '../domain/order.ts';
import type { DesiredServiceEntry } from './desired.ts';
import {
  entryOf,
  isSameGrant,
  oldestGrantFirst,
  oldestIntentFirst,
  type Admission,
  type Grant,
} from './grants/grant.ts';
import { admitProtocols } from './grants/port-protocols.ts';
import { serviceEntriesFor } from './grants/service-entries.ts';
import type { PlatformHosts } from './mesh/platform-hosts.ts';
import { createServiceRegistry, type MeshView } from './mesh/service-registry.ts';
import type { Scope } from './scopes.ts';
import { grantsFor, type PortConflict } from './sidecar/destination.ts';
import { buildScopeSidecar, type ScopeSidecar } from './sidecar/sidecar.ts';

/** What does not depend on the grants. */
type Context = { readonly snapshot: Snapshot; readonly platformHosts: PlatformHosts };

export type AdmittedGrants = Admission & {
  readonly serviceEntries: readonly DesiredServiceEntry[];
  readonly view: MeshView;
  /** In the order of the scopes. */
  readonly sidecars: readonly ScopeSidecar[];
};

/**
 * Builds the outputs of the grants until no grant displaces an older one. Each round refuses at least one grant, so it ends. The accepted
 * grants come the oldest first.
 */
export function admitGrants(
  scopes: readonly Scope[],
  grants: readonly Grant[],
  context: Context,
): AdmittedGrants {
  const { accepted, refused, serviceEntries, view, build } = outputsOf(grants, context);
  const sidecars = scopes.map(build);
  const displacing = refuseDisplacing(grants, sidecars, (scope, fewer) =>
    outputsOf(fewer, context).build(scope),
  );
  if (displacing.refused.length === 0) return { accepted, refused, serviceEntries, view, sidecars };
  const rest = admitGrants(scopes, displacing.accepted, context);
  return { ...rest, refused: [...displacing.refused, ...rest.refused] };
}

/** The ServiceEntries for the grants, and a function that builds the Sidecar of a scope on top of them. */
function outputsOf(grants: readonly Grant[], { snapshot, platformHosts }: Context) {
  const { accepted, refused } = admitProtocols(grants);
  const serviceEntries = serviceEntriesFor(accepted, snapshot.settings);
  const view: MeshView = { snapshot, registry: createServiceRegistry(snapshot, serviceEntries) };
  const byIntent = Map.groupBy(accepted, ({ intent }) => intent);
  const ages = new Map(accepted.map((grant, age) => [grant, age]));
  const ageOf = (grant: Grant): number => ages.get(grant) ?? 0;
  const build = (scope: Scope): ScopeSidecar => {
    const inScope = scope.intents.flatMap((intent) => byIntent.get(intent) ?? []);
    return buildScopeSidecar(
      { scope, grants: inScope.toSorted(byNumber(ageOf)), ageOf, platformHosts: platformHosts(scope) },
      view,
    );
  };
  return { accepted, refused, serviceEntries, view, build };
}

/** Builds one scope as if the namespace had no other grants than these. */
type BuildWith = (scope: Scope, grants: readonly Grant[]) => ScopeSidecar;

/**
 * For each port that a scope cannot have, looks for the last moment at which it had the port, if the grants had come one by one in order of
 * age: the grant that came next displaces it. Refusing that grant may uncover another, so the caller asks again.
 */
function refuseDisplacing(
  grants: readonly Grant[],
  sidecars: readonly ScopeSidecar[],
  buildWith: BuildWith,
): Admission {
  const refused = new Map<Grant, Diagnostic>();
  const byAge = grants.toSorted(oldestGrantFirst);
  for (const { sidecar, listeners } of sidecars) {
    if (!sidecar.scope.restricted) continue;
    for (const conflict of listeners.conflicts) {
      if (conflict.reason.kind === 'headless') continue; // no other grant causes it
      const displacing = displacingGrant(conflict, sidecar.scope, byAge, buildWith);
      if (displacing) refused.set(displacing, diagnosticOf(displacing, conflict, sidecar.scope));
    }
  }
  return { accepted: grants.filter((grant) => !refused.has(grant)), refused: [...refused.values()] };
}

/** The youngest grant that causes the conflict; `undefined` if it existed already when the port was granted. */
function displacingGrant(
  { destination, host, port }: PortConflict,
  scope: Scope,
  byAge: readonly Grant[],
  buildWith: BuildWith,
): Grant | undefined {
  const [oldest] = grantsFor(destination, host);
  if (oldest === undefined) return undefined;
  const granted = byAge.findIndex((grant) => isSameGrant(grant, oldest)) + 1;
  const first = Math.max(granted, countBeforeRestriction(scope, byAge));
  const candidates = byAge.slice(first).filter(canAffect(scope, byAge)).toReversed();
  return candidates.find((candidate) => {
    const older = byAge.slice(0, byAge.indexOf(candidate));
    const { conflicts } = buildWith(scope, older).listeners;
    return !conflicts.some((conflict) => conflict.host === host && conflict.port === port);
  });
}

/** True for a grant that can change the listeners of a scope: a grant of the scope, or one that registers more of a host that it calls. */
function canAffect({ intents }: Scope, grants: readonly Grant[]): (grant: Grant) => boolean {
  const isInScope = ({ intent }: Grant): boolean => intents.includes(intent);
  const names = grants
    .filter(isInScope)
    .flatMap(({ targets }) => targets.map(({ host }) => partsOf(host).name));
  return (grant) =>
    isInScope(grant) ||
    grant.externals.some(
      (external) => external.kind === 'host' && names.some((name) => covers(name, external.host)),
    );
}

/**
 * The number of grants that existed before the scope restricted any pod: before its first intent with mode Enforce and, if it has no pods,
 * before the first intent with its selector.
 */
function countBeforeRestriction({ key, intents, hasPods }: Scope, byAge: readonly Grant[]): number {
  const enforcing = oldestOf(intents.filter(({ mode }) => mode === 'Enforce'));
  const selecting = hasPods
    ? undefined
    : oldestOf(intents.filter(({ selector }) => labelsKey(selector) === key));
  const firsts = [enforcing, selecting].filter((first) => first !== undefined);
  return byAge.filter(({ grantedSince }) =>
    firsts.some((first) => oldestIntentFirst(grantedSince, first) <= 0),
  ).length;
}

const oldestOf = (intents: readonly Intent[]): Intent | undefined => intents.toSorted(oldestIntentFirst)[0];

function diagnosticOf(grant: Grant, { destination, host, port }: PortConflict, scope: Scope): Diagnostic {
  const [external] = grant.externals.flatMap((candidate) => (candidate.kind === 'host' ? [candidate] : []));
  return {
    code: 'OlderGrantDisplaced',
    ...entryOf(grant),
    host: external?.host ?? grant.targets[0]?.host ?? '',
    ...(external === undefined ? {} : { ports: external.ports.map((hostPort) => hostPort.port) }),
    displaced: host,
    port,
    olderIntent: grantsFor(destination, host)[0]?.intent.name ?? '',
    selector: scope.selector,
  };
}
