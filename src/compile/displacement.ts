// Refuses grants that would take a port away from an older grant. An external host is registered with every port that some intent of the
// namespace grants on it, so a younger entry can change the listeners of pods that its intent does not select.
import type { Remembering } from '../cluster/memo/memo.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey } from '../domain/labels.ts';
import { entryOf, oldestGrantFirst, oldestIntentFirst, type Grant } from './grants/grant.ts';
import type { Scope } from './scopes.ts';
import { grantsFor, type PortConflict } from './sidecar/destination.ts';
import type { ScopeSidecar } from './scope-sidecar.ts';

/** What is supposed to find out which grant causes a conflict. */
export type Suppositions = {
  /** The grants that can change the listeners of a scope, the oldest first. */
  readonly affecting: (scope: Scope) => readonly Grant[];
  /** The ports that the scope cannot have if the namespace has no other grants than the given ones. */
  readonly conflictsOf: (scope: Scope) => (grants: readonly Grant[]) => readonly PortConflict[];
  /** What they are made from besides. */
  readonly also: readonly unknown[];
  /** Where it may be remembered. */
  readonly remembering: Remembering;
};

/**
 * For each port that a scope cannot have, supposes that there were only the grants before a certain one, and refuses the youngest grant whose arrival
 * takes the port away. That may uncover another displacement, so the caller builds the Sidecars of the accepted grants and asks again.
 */
export function displacingGrants(
  sidecars: readonly ScopeSidecar[],
  suppositions: Suppositions,
): ReadonlyMap<Grant, Diagnostic> {
  const { remembering, also } = suppositions;
  const found = sidecars
    .filter(({ sidecar, listeners }) => sidecar.scope.restricted && listeners.conflicts.some(hasCause))
    .flatMap((built) =>
      remembering.derive('grants that displace others', built.sidecar.scope.key, [built, ...also], () =>
        displacingIn(built, suppositions),
      ),
    );
  return new Map(found);
}

/** False if no other grant causes the conflict, or the port gives way to every other one. */
const hasCause = ({ reason, destination, port }: PortConflict): boolean =>
  reason.kind !== 'headless' && !destination.givingWay.includes(port);

function displacingIn(
  { sidecar: { scope }, listeners }: ScopeSidecar,
  suppositions: Suppositions,
): readonly (readonly [Grant, Diagnostic])[] {
  const grants = suppositions.affecting(scope);
  const isLost = lostBefore(scope, grants, suppositions);
  const isBeforeRestriction = existsBeforeRestriction(scope);
  return listeners.conflicts.filter(hasCause).flatMap((conflict) => {
    const [oldest] = grantsFor(conflict.destination, conflict.host, conflict.port);
    if (oldest === undefined) return [];
    const displacing = grants.findLast(
      (grant, index) =>
        oldestGrantFirst(grant, oldest) > 0 && !isBeforeRestriction(grant) && !isLost(conflict, index),
    );
    return displacing === undefined ? [] : [[displacing, diagnosticOf(displacing, conflict, scope)] as const];
  });
}

/** True for a port that the scope cannot have before the grant at an index came. `grants` are in order of age. */
function lostBefore(
  scope: Scope,
  grants: readonly Grant[],
  { conflictsOf, also, remembering: { derive } }: Suppositions,
): (conflict: PortConflict, index: number) => boolean {
  const conflictsWith = conflictsOf(scope);
  const marks = marksOf(scope, grants, derive);
  return (conflict, index) =>
    derive('conflicts before a grant', `${scope.key} ${index}`, [marks[index], ...also], () =>
      conflictsWith(grants.slice(0, index)).map(portOf),
    ).includes(portOf(conflict));
}

const portOf = ({ host, port }: PortConflict): string => `${host} ${port}`;

/** For each grant an object that stands for those before it: while they are the same, it is the same. To remember the lists themselves would cost too much. */
function marksOf(
  { key }: Scope,
  grants: readonly Grant[],
  derive: Remembering['derive'],
): readonly (object | undefined)[] {
  let mark: object | undefined;
  return grants.map((grant, index) => {
    const before = mark;
    mark = derive('grants up to one', `${key} ${index}`, [before, grant], () => ({}));
    return before;
  });
}

/**
 * True for a grant that existed before the scope restricted any pod: before its first intent with mode Enforce and, if it has no pods, before the first
 * intent with its selector. It cannot displace anything: it was there first.
 */
function existsBeforeRestriction({ key, intents, hasPods }: Scope): (grant: Grant) => boolean {
  const enforcing = oldestOf(intents.filter(({ mode }) => mode === 'Enforce'));
  const selecting = hasPods
    ? undefined
    : oldestOf(intents.filter(({ selector }) => labelsKey(selector) === key));
  const firsts = [enforcing, selecting].filter((first) => first !== undefined);
  return ({ grantedSince }) => firsts.some((first) => oldestIntentFirst(grantedSince, first) <= 0);
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
