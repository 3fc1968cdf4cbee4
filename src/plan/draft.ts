// Drafts the writes that make the live objects of a namespace equal to the desired ones, as if nothing had to be withheld.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Compilation } from '../compile/compilation.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import { objectId, type LiveObject, type SidecarManifest } from '../domain/kinds/manifest.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { Labels } from '../domain/labels.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import { selectorOverlap } from '../domain/selector-overlap.ts';
import { definitionOf } from './lost-intents.ts';
import { matchesLive, serviceEntryManifest, sidecarManifest } from './manifests.ts';
import { rememberedEntryNames } from './service-entry-names.ts';
import {
  sidecarsAfter,
  serviceEntryDeletion,
  serviceEntrySteps,
  writesBelowAmong,
  type RegisteredPorts,
  type ServiceEntryWrite,
} from './service-entry-stages.ts';
import { rememberedNames } from './sidecar-names.ts';
import {
  writeStep,
  deleteStep,
  type Apply,
  type Draft,
  type DraftStep,
  type PlannedServiceEntry,
  type PlannedSidecar,
  type WithholdReason,
} from './steps.ts';
import { transientAccess, type TransientAccess } from './transient-access.ts';

/** Ids of objects that others create again after each deletion. */
export type Resisting = ReadonlySet<string>;

/** The draft of the whole namespace. It writes only what differs from the live object, and deletes only what a deletion can remove. */
export function draftPlan(compilation: Compilation, snapshot: Snapshot, resisting: Resisting): Draft {
  const sidecars = rememberedNames(compilation.sidecars, snapshot.sidecars, snapshot.run);
  const serviceEntries = rememberedEntryNames(
    compilation.serviceEntries,
    snapshot.serviceEntries,
    snapshot.run,
  );
  const staleSidecars = undesired(snapshot.sidecars, sidecars, resisting);
  const staleEntries = undesired(snapshot.serviceEntries, serviceEntries, resisting);
  const writes = entryAndSidecarWrites(sidecars, serviceEntries, staleEntries, snapshot);
  return {
    steps: [...writes, ...sidecarDeletions(staleSidecars.deleted, writes)],
    sidecars,
    serviceEntries,
    withheld: [],
    undeleted: staleSidecars.kept,
    undeletedEntries: new Map(
      staleEntries.kept.map(({ kind, name, reason }) => [objectId(kind, name), reason]),
    ),
  };
}

/**
 * In the reverse of Istio's precedence. Each requires the Sidecars that are written and may govern its pods next: without one of these it has to
 * stay, or its pods would be left to none.
 */
function sidecarDeletions(
  staleSidecars: readonly LiveSidecar[],
  writes: readonly DraftStep[],
): readonly DraftStep[] {
  if (staleSidecars.length === 0) return [];
  const next = selectorOverlap<Apply<SidecarManifest>>(
    ({ manifest: { spec } }) => spec.workloadSelector?.labels ?? {},
  );
  for (const draft of writes) if (draft.stage === 'sidecar') next.add(draft.step);
  return staleSidecars
    .toSorted(inPrecedence)
    .toReversed()
    .map((live): DraftStep => {
      const { selector = {} } = live;
      const requires = next.overlapping(selector).map(({ id }) => id);
      return { stage: 'stale-sidecar', step: deleteStep(live), selector, requires };
    });
}

/** Live objects that we manage and that are no longer desired. */
type Undesired<T extends LiveObject> = {
  readonly deleted: readonly T[];
  /** Those that a deletion would not remove. */
  readonly kept: readonly (T & { readonly reason: WithholdReason })[];
};

function undesired<T extends LiveObject>(
  live: readonly T[],
  desired: readonly { readonly name: string }[],
  resisting: Resisting,
): Undesired<T> {
  const judged = stale(live, desired).map((object) => ({ object, reason: reasonToStay(object, resisting) }));
  return {
    deleted: judged.flatMap(({ object, reason }) => (reason === undefined ? object : [])),
    kept: judged.flatMap(({ object, reason }) => (reason === undefined ? [] : { ...object, reason })),
  };
}

/** A deletion that is requested already, or that others undo, is not tried again for ever. */
function reasonToStay(live: LiveObject, resisting: Resisting): WithholdReason | undefined {
  if (live.isTerminating) return { kind: 'terminating' };
  return resisting.has(objectId(live.kind, live.name)) ? { kind: 'recreated' } : undefined;
}

function entryAndSidecarWrites(
  sidecars: readonly PlannedSidecar[],
  serviceEntries: readonly PlannedServiceEntry[],
  { deleted, kept }: Undesired<LiveServiceEntry>,
  snapshot: Snapshot,
): readonly DraftStep[] {
  const access = transientAccess(snapshot.sidecars, sidecars);
  const writes = serviceEntryWrites(serviceEntries, snapshot);
  const writesBelow = writesBelowAmong(writes);
  const planned = Map.groupBy(serviceEntries, ({ spec }) => spec.hosts[0]);
  const registeredBy: RegisteredPorts = {
    us: (host) => (planned.get(host) ?? []).flatMap(({ spec: { ports } }) => ports),
    others: (host) =>
      snapshot.serviceEntries.flatMap(({ managed, hosts, ports }) =>
        !managed && hosts.includes(host) ? ports : [],
      ),
  };
  const reduced = [...writes.flatMap(({ live }) => live ?? []), ...deleted, ...kept];
  return [
    ...writes.flatMap((write) => serviceEntrySteps(write, access, writesBelow)),
    ...deleted.map((live) => serviceEntryDeletion(live, access, registeredBy)),
    ...sidecarWrites(sidecars, snapshot, entriesToReduceFirst(reduced, access, registeredBy)),
  ];
}

function serviceEntryWrites(
  planned: readonly PlannedServiceEntry[],
  { namespace, definition, run }: Snapshot,
): readonly ServiceEntryWrite[] {
  return planned.flatMap((each) =>
    run.derive('write of ServiceEntry', each.name, [each, definition], (): readonly ServiceEntryWrite[] => {
      const { live, ...desired } = each;
      const written = definitionOf(desired.intents, definition, live);
      const manifest = serviceEntryManifest(namespace, desired, live, written);
      return live && matchesLive(manifest, live) ? [] : [{ step: writeStep(manifest, live), live }];
    }),
  );
}

/** By the id of a Sidecar, the ids of the ServiceEntries that must lose a port before it is written. */
function entriesToReduceFirst(
  entries: readonly LiveServiceEntry[],
  access: TransientAccess,
  registeredBy: RegisteredPorts,
): ReadonlyMap<string, readonly string[]> {
  const reopenings = entries.flatMap((live) => {
    const entry = objectId(live.kind, live.name);
    return [...new Set(sidecarsAfter(live, access, registeredBy))].map((sidecar) => ({ sidecar, entry }));
  });
  const bySidecar = Map.groupBy(reopenings, ({ sidecar }) => sidecar);
  return new Map([...bySidecar].map(([sidecar, found]) => [sidecar, found.map(({ entry }) => entry)]));
}

/**
 * A new Sidecar requires the live Sidecars that match its pods: its list replaces their lists, so it must not take pods from one
 * that is withheld. Each requires the ServiceEntries that must lose a port before it.
 */
function sidecarWrites(
  planned: readonly PlannedSidecar[],
  { namespace, sidecars, definition, run }: Snapshot,
  reducedFirst: ReadonlyMap<string, readonly string[]>,
): readonly DraftStep[] {
  let matching: ReturnType<typeof selectorIndex<LiveSidecar>> | undefined;
  const replacedBy = (selector: Labels): readonly LiveSidecar[] => {
    matching ??= selectorIndex(
      sidecars.filter((sidecar) => sidecar.managed).toSorted(inPrecedence),
      (sidecar) => sidecar.selector ?? {},
    );
    return matching.within(selector);
  };
  return planned.flatMap((each): readonly DraftStep[] => {
    const { name, desired, live } = each;
    const manifest = run.derive('write of Sidecar', name, [each, definition], () => {
      const writtenFor = definitionOf(desired.scope.intents, definition, live);
      const wanted = sidecarManifest(namespace, name, desired, live, writtenFor);
      return live && matchesLive(wanted, live) ? undefined : wanted;
    });
    if (manifest === undefined) return [];
    const replaced = live ? [] : replacedBy(desired.scope.selector);
    const requires = [
      ...replaced.map((sidecar) => objectId(sidecar.kind, sidecar.name)),
      ...(reducedFirst.get(objectId('Sidecar', name)) ?? []),
    ];
    const standing = (live ?? replaced[0])?.egress;
    const step = { ...writeStep(manifest, live), ...(standing && { standing }) };
    return [{ stage: 'sidecar', step, requires }];
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
