// Takes out of a drafted plan what must be left unchanged, together with what depends on it. Knows nothing about phases.
import type { Snapshot } from '../cluster/snapshot.ts';
import { objectId, type LiveObject } from '../domain/kinds/manifest.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { stale } from './draft.ts';
import { lostIntents } from '../compile/lost-intents.ts';
import { objectOf, type Draft, type DraftStep, type WithholdReason, type Withheld } from './steps.ts';

type Known = Pick<Snapshot, 'sidecars' | 'serviceEntries' | 'intents' | 'invalid' | 'definition'>;

/**
 * Withholds the writes of foreign objects, and of objects that an intent contributes to which is invalid, or which vanished with the
 * definition of its kind: what that intent grants is unknown, so it keeps what it has.
 */
export function withhold(draft: Draft, known: Known): Draft {
  const { sidecars, serviceEntries } = known;
  const reasonFor = reasonsToLeave(known);
  const unchanged = new Map([
    ...draft.undeletedEntries,
    ...[...sidecars, ...serviceEntries].flatMap((live) => {
      const reason = reasonFor(live);
      return reason === undefined ? [] : [[objectId(live.kind, live.name), reason] as const];
    }),
  ]);
  return leaveUnchanged(draft, sidecars, unchanged);
}

/** By name: an intent that was restored from a backup has another uid. */
function reasonsToLeave(known: Known): (live: LiveObject) => WithholdReason | undefined {
  const invalidNames = new Set(known.invalid.map(({ name }) => name));
  const lostIntentOf = lostIntents(known);
  return (live) => {
    if (!live.managed) return { kind: 'not-managed' };
    const invalid = live.intents.find(({ name }) => invalidNames.has(name));
    if (invalid !== undefined) return { kind: 'invalid-intent', intent: invalid.name };
    const lost = lostIntentOf(live);
    return lost === undefined ? undefined : { kind: 'lost-intent', intent: lost };
  };
}

type Cause = Pick<Withheld, 'reason' | 'dependsOn'>;

/**
 * The draft without any step of the given objects, by id, and of the objects that require one of them. Each object that would
 * have been created or updated is recorded, and each live Sidecar that should be deleted and stays.
 */
export function leaveUnchanged(
  draft: Draft,
  sidecars: readonly LiveSidecar[],
  reasons: ReadonlyMap<string, WithholdReason>,
): Draft {
  if (reasons.size === 0) return draft;
  const causes = causesOf(draft.steps, reasons);
  const kept = stale(sidecars, draft.sidecars).flatMap((sidecar) => {
    const cause = causes.get(objectId(sidecar.kind, sidecar.name));
    return cause === undefined ? [] : [{ ...sidecar, ...cause }];
  });
  const names = new Set(kept.map(({ name }) => name));
  const withheld = draft.steps.flatMap(({ step }): readonly Withheld[] => {
    const cause = causes.get(objectOf(step));
    if (cause === undefined || step.kind === 'delete') return [];
    return [{ kind: step.manifest.kind, name: step.manifest.metadata.name, ...cause }];
  });
  return {
    ...draft,
    steps: draft.steps.filter(({ step }) => !causes.has(objectOf(step))),
    withheld: oncePerObject([...draft.withheld, ...withheld]),
    undeleted: [...draft.undeleted.filter(({ name }) => !names.has(name)), ...kept],
  };
}

/** Why each object is left unchanged: the given reasons, and those of objects that require another, however indirectly. */
function causesOf(
  steps: readonly DraftStep[],
  reasons: ReadonlyMap<string, WithholdReason>,
): ReadonlyMap<string, Cause> {
  const causes = new Map<string, Cause>([...reasons].map(([id, reason]) => [id, { reason }]));
  const requiring = Map.groupBy(
    steps.flatMap(({ step, requires }) => requires.map((id) => ({ id, object: objectOf(step) }))),
    ({ id }) => id,
  );
  // What is added meanwhile is looked at too.
  for (const [id, { reason, dependsOn = id }] of causes) {
    for (const { object } of requiring.get(id) ?? [])
      if (!causes.has(object)) causes.set(object, { reason, dependsOn });
  }
  return causes;
}

/** A ServiceEntry that is written in two parts is one object. */
const oncePerObject = (withheld: readonly Withheld[]): readonly Withheld[] => [
  ...new Map(withheld.map((object) => [objectId(object.kind, object.name), object])).values(),
];
