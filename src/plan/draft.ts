// Drafts the writes that make the live objects of a namespace equal to the desired ones, as if nothing had to be withheld.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Compilation } from '../compile/compilation.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import { objectId, type SidecarManifest, type LiveObject } from '../domain/kinds/manifest.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import { matchesLive, serviceEntryManifest, sidecarManifest } from './manifests.ts';
import { serviceEntryDeletion, serviceEntrySteps } from './service-entry-stages.ts';
import { chooseNames } from './sidecar-names.ts';
import { writeStep, deleteStep, type Draft, type DraftStep, type PlannedSidecar } from './steps.ts';
import { transientAccess, type TransientAccess } from './transient-access.ts';

/** The draft of the whole namespace. It writes only what differs from the live object. */
export function draftPlan(compilation: Compilation, snapshot: Snapshot): Draft {
  const planned = chooseNames(compilation.sidecars, snapshot.sidecars);
  const access = transientAccess(snapshot.sidecars, planned);
  return {
    steps: [
      ...serviceEntryWrites(compilation, snapshot, access),
      ...stale(snapshot.serviceEntries, compilation.serviceEntries).map((live) =>
        serviceEntryDeletion(live, access),
      ),
      ...sidecarWrites(planned, snapshot),
      ...stale(snapshot.sidecars, planned)
        .toSorted(inPrecedence)
        .toReversed()
        .map((live): DraftStep => {
          const { selector = {} } = live;
          return { stage: 'stale-sidecar', step: deleteStep(live), selector, requires: [] };
        }),
    ],
    sidecars: planned,
    withheld: [],
    undeleted: [],
  };
}

function serviceEntryWrites(
  { serviceEntries }: Compilation,
  snapshot: Snapshot,
  access: TransientAccess,
): readonly DraftStep[] {
  const liveByName = new Map(snapshot.serviceEntries.map((entry) => [entry.name, entry]));
  return serviceEntries.flatMap((desired) => {
    const live = liveByName.get(desired.name);
    const manifest = serviceEntryManifest(snapshot.namespace, desired, live);
    if (live && matchesLive(manifest, live)) return [];
    return serviceEntrySteps({ step: writeStep(manifest, live), live }, access);
  });
}

/**
 * A new Sidecar requires the live Sidecars that match its pods: its list replaces their lists, so it must not take pods from one
 * that is withheld.
 */
function sidecarWrites(
  planned: readonly PlannedSidecar[],
  { namespace, sidecars }: Snapshot,
): readonly DraftStep[] {
  const managed = sidecars.filter((sidecar) => sidecar.managed).toSorted(inPrecedence);
  const matching = selectorIndex(managed, ({ selector = {} }) => selector);
  return planned.flatMap(({ name, desired, live }): readonly DraftStep[] => {
    const manifest: SidecarManifest = sidecarManifest(namespace, name, desired, live);
    if (live && matchesLive(manifest, live)) return [];
    const replaced = live ? [] : matching.within(desired.scope.selector);
    const requires = replaced.map((sidecar) => objectId(sidecar.kind, sidecar.name));
    return [{ stage: 'sidecar', step: writeStep(manifest, live), requires }];
  });
}

/** The live objects that we manage and that are no longer desired. */
export function stale<T extends LiveObject>(
  live: readonly T[],
  desired: readonly { readonly name: string }[],
): readonly T[] {
  const names = new Set(desired.map(({ name }) => name));
  return live.filter(({ managed, name }) => managed && !names.has(name));
}
