// Which write of a plan waits for which.
import { excludes } from '../domain/labels.ts';
import { deletion, type Apply, type Step } from './steps.ts';
import { partOf } from './service-entry-stages.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { SidecarManifest } from '../domain/kinds/manifest.ts';

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

type SidecarWrite = { readonly step: Apply; readonly manifest: SidecarManifest };

/** Why is said where the plan is made. Steps of one phase may run at once. */
export function orderSteps({ early, applies, stale, late, last }: Writes): readonly (readonly Step[])[] {
  const deletions = orderedDeletions(stale, applies);
  const sidecars = [...applies, ...deletions].map(({ step }) => step.id);
  return inPhases([
    ...early.map((step): OrderedStep => ({ step, after: [] })),
    ...orderedApplies(applies, entriesIn(early), entriesIn(late)),
    ...deletions,
    ...late.map((step): OrderedStep => {
      const needs = step.needs === 'every' ? sidecars : step.needs;
      return { step, after: [...needs, partOf(step)] };
    }),
    ...last.map((step): OrderedStep => ({ step, after: [...sidecars, ...late.map(({ id }) => id)] })),
  ]);
}

/** After those before it, and after every Sidecar to which its pods may fall. */
function orderedDeletions(
  stale: readonly (readonly LiveSidecar[])[],
  applies: readonly SidecarWrite[],
): readonly OrderedStep[] {
  return stale.flatMap((phase, turn) =>
    phase.map((sidecar): OrderedStep => {
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
): readonly OrderedStep[] {
  const moreSpecific = newSidecarsAbove(applies);
  return applies.map((write): OrderedStep => {
    const listed = write.manifest.spec.egress.flatMap(({ hosts }) => hosts);
    const needs = [...new Set(listed.flatMap((host) => early.get(host) ?? []))];
    return {
      step: { ...write.step, needs },
      after: [...needs, ...(moreSpecific.get(write) ?? [])],
      preferAfter: listed.flatMap((host) => late.get(host) ?? []),
    };
  });
}

/** Of each Sidecar the new ones that take pods from it. */
function newSidecarsAbove(applies: readonly SidecarWrite[]): ReadonlyMap<SidecarWrite, readonly string[]> {
  const index = selectorIndex(applies, labelsOf);
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

/** A write, and the ids of those that come before it. Ids that nothing here has are as good as done. */
export type OrderedStep = {
  readonly step: Step;
  /** Always. */
  readonly after: readonly string[];
  /** Unless that write waits, over whatever others, for this one. */
  readonly preferAfter?: readonly string[];
};

/**
 * The steps in phases, each step as early as it can be. `after` must not lead in a circle.
 */
function inPhases(steps: readonly OrderedStep[]): readonly (readonly Step[])[] {
  const phases: (readonly Step[])[] = [];
  let waiting = steps;
  while (waiting.length > 0) {
    const ready = readySteps(waiting);
    phases.push(ready.map(({ step }) => step));
    const done = new Set(ready);
    waiting = waiting.filter((one) => !done.has(one));
  }
  return phases;
}

function readySteps(waiting: readonly OrderedStep[]): readonly OrderedStep[] {
  const pending = new Set(waiting.map(({ step }) => step.id));
  const free = waiting.filter(({ after }) => !after.some((id) => pending.has(id)));
  const glad = free.filter(({ preferAfter = [] }) => !preferAfter.some((id) => pending.has(id)));
  if (glad.length > 0) return glad;
  if (free.length > 0) return free;
  throw new Error(`writes wait for each other: ${[...pending].join(', ')}`);
}
