// Refuses grants that would take a port away from an older grant. An external host is registered with every port that some intent of the
// namespace grants on it, so a younger entry can change the listeners of pods that its intent does not select.
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { covers, partsOf } from '../domain/istio/egress-host.ts';
import { labelsKey } from '../domain/labels.ts';
import { once } from '../domain/once.ts';
import {
  entryOf,
  isSameGrant,
  oldestGrantFirst,
  oldestIntentFirst,
  type Admission,
  type Grant,
} from './grants/grant.ts';
import type { Scope } from './scopes.ts';
import { grantsFor, type PortConflict } from './sidecar/destination.ts';
import type { ScopeSidecar } from './scope-sidecar.ts';

/** Builds the Sidecar of one scope as if the namespace had no other grants than these. */
export type BuildWith = (scope: Scope, grants: readonly Grant[]) => ScopeSidecar;

/**
 * For each port that a scope cannot have, adds the grants one by one, the oldest first, and refuses the grant whose arrival takes the port away.
 * That may uncover another displacement, so the caller builds the Sidecars of the accepted grants and asks again.
 */
export function refuseDisplacing(
  grants: readonly Grant[],
  sidecars: readonly ScopeSidecar[],
  buildWith: BuildWith,
): Admission {
  const refused = new Map<Grant, Diagnostic>();
  const byAge = once(() => grants.toSorted(oldestGrantFirst));
  for (const { sidecar, listeners } of sidecars) {
    if (!sidecar.scope.restricted) continue;
    for (const conflict of listeners.conflicts) {
      if (conflict.reason.kind === 'headless') continue; // no other grant causes it
      const displacing = displacingGrant(conflict, sidecar.scope, byAge(), buildWith);
      if (displacing) refused.set(displacing, diagnosticOf(displacing, conflict, sidecar.scope));
    }
  }
  if (refused.size === 0) return { accepted: grants, refused: [] };
  return { accepted: grants.filter((grant) => !refused.has(grant)), refused: [...refused.values()] };
}

/** The youngest grant that causes the conflict; `undefined` if it existed already when the port was granted. */
function displacingGrant(
  { destination, host, port }: PortConflict,
  scope: Scope,
  byAge: readonly Grant[],
  buildWith: BuildWith,
): Grant | undefined {
  const [oldest] = grantsFor(destination, host, port);
  if (oldest === undefined) return undefined;
  // An entry may give two grants at once, one of them on a condition.
  const granted = byAge.findLastIndex((grant) => isSameGrant(grant, oldest)) + 1;
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
 * before the first intent with its selector. Those cannot displace anything: they were there first.
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
    olderIntent: grantsFor(destination, host, port)[0]?.intent.name ?? '',
    selector: scope.selector,
  };
}
