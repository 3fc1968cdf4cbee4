// Which write of a plan waits for which, and the phases that follow from it. Knows nothing about withholding.
import type { Labels } from '../../domain/labels.ts';
import { firstPartId } from './service-entry-stages.ts';
import { inPhases, type OrderedStep } from './phases.ts';
import { selectorIndex } from '../../domain/selectors/selector-index.ts';
import { selectorOverlap } from '../../domain/selectors/selector-overlap.ts';
import { objectOf, type Apply, type Deletion, type DraftStep, type Step } from '../steps.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { ServiceEntryManifest, SidecarManifest } from '../../domain/kinds/manifest.ts';

/** The steps in phases. `planWrites` gives the reason for the order. */
export function orderSteps(steps: readonly DraftStep[]): readonly (readonly Step[])[] {
  const early = steps.filter((draft) => draft.stage === 'before-sidecars').map(({ step }) => step);
  const sidecarDrafts = steps.filter((draft) => draft.stage === 'sidecar');
  const applies = sidecarDrafts.map(({ step }) => step);
  const stale = steps.filter((draft) => draft.stage === 'stale-sidecar');
  const late = steps.filter((draft) => draft.stage === 'after-sidecars');
  const last = steps.filter((draft) => draft.stage === 'last').map(({ step }) => step);
  const sidecars = [...applies, ...stale.map(({ step }) => step)].map(({ id }) => id);
  const lateIds = late.map(({ step: { id } }) => id);
  return inPhases([
    ...early.map((step): OrderedStep => ({ step, waitsFor: [] })),
    ...orderedApplies(sidecarDrafts, early, idsByEgressHost(late.map(({ step }) => step))),
    ...orderedDeletions(stale, applies),
    ...late.map(({ step, waitsFor }): OrderedStep => {
      const [required, waitsForAll] = step.after === 'all' ? [[], [sidecars]] : [step.after, []];
      return { step, waitsFor: [...required, firstPartId(step), ...waitsFor], waitsForAll };
    }),
    ...last.map((step): OrderedStep => ({ step, waitsFor: [], waitsForAll: [sidecars, lateIds] })),
  ]);
}

type StaleSidecar = { readonly step: Deletion; readonly selector: Labels };

/** Each deletion waits for the batch of deletions before it, and for every Sidecar that may govern its pods next. */
function orderedDeletions(
  stale: readonly StaleSidecar[],
  applies: readonly Apply<SidecarManifest>[],
): readonly OrderedStep[] {
  const fallbackSidecars = selectorOverlap(selectorOf);
  for (const apply of applies) fallbackSidecars.add(apply);
  const batches = batchesOf(stale);
  const idsOfBatches = batches.map((batch) => batch.map(({ step }) => step.id));
  return batches.flatMap((batch, index) =>
    batch.map(({ step, selector }): OrderedStep => {
      const before = idsOfBatches[index - 1];
      return {
        step,
        waitsFor: fallbackSidecars.overlapping(selector).map(({ id }) => id),
        waitsForAll: before === undefined ? [] : [before],
      };
    }),
  );
}

/**
 * The Sidecars come in the reverse of Istio's precedence, so that the one that governs a pod is deleted last. Those that cannot
 * match the same pod may be deleted at once.
 */
function batchesOf(stale: readonly StaleSidecar[]): readonly (readonly StaleSidecar[])[] {
  const batches: StaleSidecar[][] = [];
  let inBatch = selectorOverlap<StaleSidecar>(({ selector }) => selector);
  for (const sidecar of stale) {
    if (batches.length === 0 || inBatch.overlapping(sidecar.selector).length > 0) {
      batches.push([]);
      inBatch = selectorOverlap(({ selector }) => selector);
    }
    batches.at(-1)?.push(sidecar);
    inBatch.add(sidecar);
  }
  return batches;
}

type SidecarApply = Extract<DraftStep, { readonly stage: 'sidecar' }>;

/**
 * A Sidecar runs after the early ServiceEntries whose hosts it lists, and those that it requires, and only if they were written. It waits
 * for more specific new Sidecars, and, where possible, for late ServiceEntries.
 */
function orderedApplies(
  applies: readonly SidecarApply[],
  early: readonly Step[],
  late: ReadonlyMap<string, string>,
): readonly OrderedStep[] {
  const moreSpecific = moreSpecificCreations(applies.map(({ step }) => step));
  const earlyOfHost = idsByEgressHost(early);
  const earlyOfObject = new Map(early.map((step) => [objectOf(step), step.id]));
  return applies.map(({ step: apply, requires, waitsFor }): OrderedStep => {
    const listed = apply.manifest.spec.egress.flatMap(({ hosts }) => hosts);
    const after = [
      ...new Set([
        ...listed.flatMap((host) => earlyOfHost.get(host) ?? []),
        ...requires.flatMap((object) => earlyOfObject.get(object) ?? []),
      ]),
    ];
    return {
      step: { ...apply, after },
      waitsFor: [...after, ...waitsFor, ...(moreSpecific.get(apply.id) ?? [])],
      preferAfter: listed.flatMap((host) => late.get(host) ?? []),
    };
  });
}

/** For each Sidecar, by id, the new Sidecars that take pods from it. */
function moreSpecificCreations(
  applies: readonly Apply<SidecarManifest>[],
): ReadonlyMap<string, readonly string[]> {
  const index = selectorIndex(applies, selectorOf);
  const creations = new Map<string, string[]>();
  for (const apply of applies) {
    if (apply.verb !== 'create') continue;
    for (const { id } of index.within(selectorOf(apply))) {
      if (id === apply.id) continue;
      const ids = creations.get(id) ?? [];
      ids.push(apply.id);
      creations.set(id, ids);
    }
  }
  return creations;
}

const selectorOf = ({ manifest: { spec } }: Apply<SidecarManifest>): Labels =>
  spec.workloadSelector?.labels ?? {};

/** The id of the step that writes each registered host, by the host as a Sidecar lists it. */
const idsByEgressHost = (steps: readonly Step[]): ReadonlyMap<string, string> =>
  new Map(
    steps.flatMap((step) =>
      step.kind === 'apply' && step.manifest.kind === 'ServiceEntry'
        ? [[registeredHost(step.manifest), step.id] as const]
        : [],
    ),
  );

const registeredHost = ({ metadata: { namespace }, spec }: ServiceEntryManifest): string =>
  egressHost({ namespace, host: spec.hosts[0] });
