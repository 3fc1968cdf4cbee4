// The step that takes away a live object of ours.
import type { LiveObject } from '../domain/kinds/live-object.ts';
import { objectId, type Manifest } from '../domain/kinds/manifest.ts';
import type { DesiredSidecar } from '../compile/desired.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';

/** By uid, so that another object which took the name is left alone. It waits for the success of every step before it. */
export const deletion = ({ kind, namespace, name, uid }: LiveObject): Step => ({
  kind: 'delete',
  id: objectId(kind, name),
  needs: 'every',
  of: kind,
  namespace,
  name,
  uid,
});

/** One write. It runs only if each step that it needs has succeeded; `every` means all steps of the phases before it. */
export type Step = { readonly id: string; readonly needs: readonly string[] | 'every' } & (
  | { readonly kind: 'apply'; readonly verb: 'create' | 'update'; readonly manifest: Manifest }
  | {
      readonly kind: 'delete';
      readonly of: 'Sidecar' | 'ServiceEntry';
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    }
);

export type Apply = Extract<Step, { kind: 'apply' }>;

/** A Sidecar as it will stand once the plan is carried out. */
export type PlannedSidecar = {
  readonly name: string;
  readonly desired: DesiredSidecar;
  /** Absent for one that is yet to be created: younger than all that stand. */
  readonly live?: LiveSidecar;
};

/** An object that is left as it is although something else is wanted, and why. */
export type Withheld = {
  readonly kind: 'Sidecar' | 'ServiceEntry';
  readonly name: string;
  readonly reason:
    { readonly kind: 'invalid-intent'; readonly intent: string } | { readonly kind: 'not-ours' };
};

export type Plan = {
  /** Steps of one phase may run at once; phases run one after the other. */
  readonly phases: readonly (readonly Step[])[];
  /** Most specific first. */
  readonly sidecars: readonly PlannedSidecar[];
  readonly withheld: readonly Withheld[];
};
