// Which of our Sidecars exist after a run, and why the others are not as planned. Knows no pods.
import { objectId } from '../domain/kinds/manifest.ts';
import { ACKNOWLEDGED, PAUSED } from '../domain/egress-intent/brake-annotations.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import {
  objectOf,
  type Plan,
  type PlannedSidecar,
  type Undeleted,
  type Withheld,
  type WithholdReason,
} from '../plan/steps.ts';

/** The outcome of a plan. */
export type PlanOutcome = {
  /** For each object that could not be written, by its id, the reason. */
  readonly failures: ReadonlyMap<string, string>;
  /** The ids of those that the API server would refuse again. Absent for none. */
  readonly refused?: ReadonlySet<string>;
  /** The field managers that rewrite objects again and again, by the id of the object. Absent for none. */
  readonly rewrittenBy?: ReadonlyMap<string, readonly string[]>;
};

/** Why an object is not as planned. The text names the object and says what to do. */
export type Pending = { readonly reason: 'Refused' | 'WriteFailed' | 'Withheld'; readonly text: string };

/** Managed Sidecars after a run. */
export type StandingSidecars = {
  /** Those that are as planned. */
  readonly asPlanned: readonly PlannedSidecar[];
  /** Those that are as they were before: not updated, or not deleted. */
  readonly unchanged: readonly LiveSidecar[];
};

/** Why objects of a plan are not as planned, by id. A failed write goes before a withheld one. */
export const pendingObjects = (
  { withheld }: Pick<Plan, 'withheld'>,
  { failures, refused }: PlanOutcome,
): ReadonlyMap<string, Pending> =>
  new Map<string, Pending>([
    ...withheld.map((one): [string, Pending] => [
      objectId(one.kind, one.name),
      { reason: 'Withheld', text: withheldText(one) },
    ]),
    ...[...failures].map(([id, cause]): [string, Pending] => [
      id,
      { reason: refused?.has(id) === true ? 'Refused' : 'WriteFailed', text: `${id}: ${cause}` },
    ]),
  ]);

/** A Sidecar that is being deleted stands as long as a finalizer keeps it: istiod obeys it like any other. */
export function standingAfter(
  { sidecars }: Pick<Snapshot, 'sidecars'>,
  plan: Pick<Plan, 'phases' | 'sidecars' | 'withheld'>,
  outcome: PlanOutcome,
): StandingSidecars {
  const pending = pendingObjects(plan, outcome);
  const isPending = (name: string): boolean => pending.size > 0 && pending.has(objectId('Sidecar', name));
  const deleted = new Set(
    plan.phases.flat().flatMap((step) => (step.kind === 'delete' ? objectOf(step) : [])),
  );
  const asPlanned = plan.sidecars.filter(({ name }) => !isPending(name));
  const written = new Set(asPlanned.map(({ name }) => name));
  const unchanged = sidecars.filter(({ managed, name, isTerminating }) => {
    if (!managed || written.has(name)) return false;
    return isTerminating || isPending(name) || !deleted.has(objectId('Sidecar', name));
  });
  return { asPlanned, unchanged };
}

/** Why a Sidecar stands that should be gone, and what to do. */
export function undeletedText({ name, reason, dependsOn }: Undeleted): string {
  const stands = `${objectId('Sidecar', name)} still restricts pods`;
  const because =
    dependsOn === undefined ? '' : `, because it depends on ${dependsOn}, which is left unchanged`;
  return `${stands}${because}: ${causeOf(reason)}`;
}

function withheldText({ kind, name, reason, dependsOn }: Withheld): string {
  const id = objectId(kind, name);
  const unchanged =
    dependsOn === undefined
      ? `${id} is left unchanged`
      : `${id} is not written, because it depends on ${dependsOn}, which is left unchanged`;
  return `${unchanged}: ${causeOf(reason)}`;
}

/** Why an object is left unchanged, and what to do. */
export function causeOf(reason: WithholdReason): string {
  if (reason.kind === 'invalid-intent')
    return `intent ${reason.intent} contributes to it and is invalid, so correct that intent`;
  if (reason.kind === 'lost-intent') return lostIntentText(reason.intent);
  if (reason.kind === 'paused-intent')
    return `intent ${reason.intent} contributes to it and is paused, so remove its annotation ${PAUSED}`;
  if (reason.kind === 'paused-namespace')
    return `the namespace is paused, so remove its annotation ${PAUSED}`;
  if (reason.kind === 'terminating-namespace')
    return 'the namespace is being deleted, so nothing can be created in it: create what is still needed in another namespace';
  if (reason.kind === 'audit-only')
    return 'the controller runs with --mode=audit, which writes only statuses';
  if (reason.kind === 'brake') return brakeText(reason);
  if (reason.kind === 'terminating') return TERMINATING;
  if (reason.kind === 'recreated') return RECREATED;
  return 'it exists and is not managed by egress-intent, so delete it, or create it again under another name';
}

export const TERMINATING =
  'its deletion waits for a finalizer, so find the controller that has to remove that finalizer from metadata.finalizers, or remove it yourself';

export const RECREATED = 'others create it again after each deletion, so stop them, or take our label off it';

const brakeText = ({ since, istioNamespace }: Extract<WithholdReason, { kind: 'brake' }>): string =>
  `too many objects of all namespaces were deleted or narrowed at once, so further ones wait since ${since}: find out what caused them and, if they are meant, run kubectl annotate --overwrite namespace ${istioNamespace} ${ACKNOWLEDGED}=${since}`;

/** What keeps an object, and what to do. */
export const lostIntentText = (intent: string): string =>
  `intent ${intent} contributes to it and vanished with the CustomResourceDefinition, so create that intent again, or delete the object if nobody needs it`;
