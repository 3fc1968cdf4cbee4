// The writes of a plan, before and after their phases are computed. Knows no rule about which write comes when.
import {
  objectId,
  type GeneratedKind,
  type Manifest,
  type ObjectReference,
  type SidecarManifest,
  type LiveObject,
} from '../domain/kinds/manifest.ts';
import type { DesiredServiceEntry, DesiredSidecar } from '../compile/desired.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { Labels } from '../domain/labels.ts';

/** One write of one object. */
export type Step = Apply | Deletion;

type AnyStep = {
  /** The id of the object, or a text derived from it for the first of two writes of one object. */
  readonly id: string;
  /** The step runs only if each of these steps succeeded; `all` means every step of the phases before it. */
  readonly after: readonly string[] | 'all';
};

export type Apply<M extends Manifest = Manifest> = AnyStep & {
  readonly kind: 'apply';
  readonly verb: 'create' | 'update';
  readonly manifest: M;
  /** For a Sidecar: what governs its pods until it is written. Absent where no Sidecar of ours does. */
  readonly standing?: LiveSidecar['egress'];
};

export type Deletion = AnyStep & { readonly kind: 'delete'; readonly target: ObjectReference };

/** Creates the object, or updates the live one. It depends on no other step. */
export function writeStep<M extends Manifest>(manifest: M, live: LiveObject | undefined): Apply<M> {
  const id = objectId(manifest.kind, manifest.metadata.name);
  return { kind: 'apply', id, after: [], verb: live === undefined ? 'create' : 'update', manifest };
}

/** Deletes the live object. It runs only if every step before it succeeded, unless the caller replaces `after`. */
export const deleteStep = ({ kind, namespace, name, uid }: LiveObject): Deletion => ({
  kind: 'delete',
  id: objectId(kind, name),
  after: 'all',
  target: { kind, namespace, name, uid },
});

/** The id of the object that a step writes. */
export function objectOf(step: Step): string {
  if (step.kind === 'delete') return objectId(step.target.kind, step.target.name);
  return objectId(step.manifest.kind, step.manifest.metadata.name);
}

/**
 * A write whose phase is not known yet. The stages, in the order in which they are written:
 * - `before-sidecars`: ServiceEntries that Sidecars may list, or that must lose ports before a Sidecar changes
 * - `sidecar` and `stale-sidecar`: Sidecars that are written, and those that are deleted
 * - `after-sidecars`: ServiceEntries, each after the steps in its `after`
 * - `last`: ServiceEntries that no Sidecar lists any more
 */
export type DraftStep = {
  /** Ids of objects: if one of them must be left unchanged, so must the object of this step. */
  readonly requires: readonly string[];
} & (
  | { readonly stage: 'before-sidecars'; readonly step: Step }
  | {
      readonly stage: 'sidecar';
      readonly step: Apply<SidecarManifest>;
      /** Ids of steps that come before it, whether it depends on them or not. */
      readonly waitsFor: readonly string[];
    }
  | { readonly stage: 'stale-sidecar'; readonly step: Deletion; readonly selector: Labels }
  | {
      readonly stage: 'after-sidecars';
      readonly step: Apply;
      /** Ids of steps that come before it, whether it depends on them or not. */
      readonly waitsFor: readonly string[];
    }
  | { readonly stage: 'last'; readonly step: Deletion }
);

/** A plan without phases, for filters: functions `(draft, ...) => draft` that take steps out. */
export type Draft = {
  /** ServiceEntries in order of name, Sidecars most specific first, stale Sidecars in the reverse of Istio's precedence. */
  readonly steps: readonly DraftStep[];
  readonly sidecars: Plan['sidecars'];
  readonly serviceEntries: Plan['serviceEntries'];
  readonly withheld: Plan['withheld'];
  readonly undeleted: Plan['undeleted'];
  /** Why ServiceEntries stay although they should be deleted, by the id of the object. */
  readonly undeletedEntries: ReadonlyMap<string, WithholdReason>;
};

/** A desired Sidecar with the name under which it is written. */
export type PlannedSidecar = {
  readonly name: string;
  readonly desired: DesiredSidecar;
  /** The object that is updated; absent if a new one is created, which is then younger than every live Sidecar. */
  readonly live?: LiveSidecar;
};

/** A desired ServiceEntry with the name under which it is written, which is another one than desired where that is taken. */
export type PlannedServiceEntry = DesiredServiceEntry & {
  /** The object that is updated; absent if a new one is created. */
  readonly live?: LiveServiceEntry;
};

/**
 * Why an object must be left unchanged. `intent` is the name of an intent that contributes to it:
 * - `invalid-intent`: one that cannot be read
 * - `lost-intent`: one that vanished with the CustomResourceDefinition of EgressIntent
 * - `paused-intent`: one that is paused
 *
 * `terminating`: its deletion is requested, and its finalizers keep it
 *
 * `recreated`: others create it again after each deletion
 *
 * `brake`: too many objects were deleted or narrowed lately; `since` is to be acknowledged at the Namespace `istioNamespace`.
 */
export type WithholdReason =
  | { readonly kind: 'invalid-intent' | 'lost-intent' | 'paused-intent'; readonly intent: string }
  | { readonly kind: 'not-managed' | 'paused-namespace' | 'terminating-namespace' | 'audit-only' }
  | { readonly kind: 'terminating' | 'recreated' }
  | { readonly kind: 'brake'; readonly since: string; readonly istioNamespace: string };

/** An object that should be written but is left unchanged. */
export type Withheld = {
  readonly kind: GeneratedKind;
  readonly name: string;
  /** The reason of this object, or of the object that it depends on. */
  readonly reason: WithholdReason;
  /** The id of the object that must be left unchanged, where it is another one. */
  readonly dependsOn?: string;
};

export type Plan = {
  /** The steps of one phase may run at once; phases run one after the other. */
  readonly phases: readonly (readonly Step[])[];
  /** Most specific first; those that are withheld included. */
  readonly sidecars: readonly PlannedSidecar[];
  /** In order of name; those that are withheld included. */
  readonly serviceEntries: readonly PlannedServiceEntry[];
  /** ServiceEntries in order of name, then Sidecars, most specific first. */
  readonly withheld: readonly Withheld[];
  /** Managed Sidecars that are no longer desired but stay. */
  readonly undeleted: readonly Undeleted[];
  /** Ids of the objects that it deletes or narrows, and of those that it would if the brake did not hold them. */
  readonly removals: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
};

/** A live Sidecar, with the reason why it stays although it should be deleted, or why the object stays on which that depends. */
export type Undeleted = LiveSidecar & Pick<Withheld, 'reason' | 'dependsOn'>;
