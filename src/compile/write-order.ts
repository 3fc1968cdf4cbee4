// Which write of a plan waits for which.
import type { LiveSidecar } from '../domain/istio.ts';
import { excludes } from '../domain/labels.ts';
import type { Apply, SidecarManifest, Step } from '../domain/model.ts';
import { deletion } from './deletion.ts';
import { partOf } from './entry-stages.ts';
import { phasesOf, type Ordered } from './phases.ts';
import { subsetIndex } from './subset-index.ts';

/** The writes of a plan, as yet without order. */
export type Writes = {
  /** Of ServiceEntries: what Sidecars may need, and what must be gone before them. */
  readonly early: readonly Step[];
  readonly applies: readonly SidecarWrite[];
  /** One phase after the other. */
  readonly stale: readonly (readonly LiveSidecar[])[];
  /** Of ServiceEntries, after the steps that they need. */
  readonly late: readonly Apply[];
  readonly last: readonly Step[];
};

export type SidecarWrite = { readonly step: Apply; readonly manifest: SidecarManifest };

/** Why is said where the plan is made. Steps of one phase may run at once. */
export function ordered({ early, applies, stale, late, last }: Writes): readonly (readonly Step[])[] {
  const deletions = orderedDeletions(stale, applies);
  const sidecars = [...applies, ...deletions].map(({ step }) => step.id);
  return phasesOf([
    ...early.map((step): Ordered => ({ step, after: [] })),
    ...orderedApplies(applies, entriesIn(early), entriesIn(late)),
    ...deletions,
    ...late.map((step): Ordered => {
      const needs = step.needs === 'every' ? sidecars : step.needs;
      return { step, after: [...needs, partOf(step)] };
    }),
    ...last.map((step): Ordered => ({ step, after: [...sidecars, ...late.map(({ id }) => id)] })),
  ]);
}

/** After those before it, and after every Sidecar to which its pods may fall. */
function orderedDeletions(
  stale: readonly (readonly LiveSidecar[])[],
  applies: readonly SidecarWrite[],
): readonly Ordered[] {
  return stale.flatMap((phase, turn) =>
    phase.map((sidecar): Ordered => {
      const heirs = applies.filter((write) => !excludes(sidecar.selector ?? {}, labelsOf(write)));
      const before = (stale[turn - 1] ?? []).map((other) => deletion(other).id);
      return { step: deletion(sidecar), after: [...heirs.map(({ step }) => step.id), ...before] };
    }),
  );
}

/** A Sidecar needs the entries before it whose hosts it lists, and had rather see those too that are written late. */
function orderedApplies(
  applies: readonly SidecarWrite[],
  early: ReadonlyMap<string, string>,
  late: ReadonlyMap<string, string>,
): readonly Ordered[] {
  const moreSpecific = newcomersAbove(applies);
  return applies.map((write): Ordered => {
    const listed = write.manifest.spec.egress.flatMap(({ hosts }) => hosts);
    const needs = [...new Set(listed.flatMap((host) => early.get(host) ?? []))];
    return {
      step: { ...write.step, needs },
      after: [...needs, ...(moreSpecific.get(write) ?? [])],
      ratherAfter: listed.flatMap((host) => late.get(host) ?? []),
    };
  });
}

/** Of each Sidecar the new ones that take pods from it. */
function newcomersAbove(applies: readonly SidecarWrite[]): ReadonlyMap<SidecarWrite, readonly string[]> {
  const index = subsetIndex(applies, labelsOf);
  const above = new Map<SidecarWrite, string[]>();
  for (const write of applies) {
    if (write.step.verb !== 'create') continue;
    for (const below of index.within(labelsOf(write))) {
      if (below === write) continue;
      const known = above.get(below) ?? [];
      known.push(write.step.id);
      above.set(below, known);
    }
  }
  return above;
}

const labelsOf = ({ manifest: { spec } }: SidecarWrite) => spec.workloadSelector?.labels ?? {};

/** The step of each host. */
const entriesIn = (steps: readonly Step[]): ReadonlyMap<string, string> =>
  new Map(
    steps.flatMap((step) =>
      step.kind === 'apply' && step.manifest.kind === 'ServiceEntry'
        ? [[`${step.manifest.metadata.namespace}/${step.manifest.spec.hosts[0]}`, step.id] as const]
        : [],
    ),
  );
