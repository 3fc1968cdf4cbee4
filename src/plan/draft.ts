// Drafts the writes that make the live objects of a namespace equal to the desired ones, as if nothing had to be withheld.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Compilation } from '../compile/compilation.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import { objectId, type LiveObject } from '../domain/kinds/manifest.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import { once } from '../domain/once.ts';
import { selectorIndex } from '../domain/selectors/selector-index.ts';
import { finalPortsOf } from './order/final-ports.ts';
import { definitionOf } from '../compile/lost-intents.ts';
import { matchesLive, serviceEntryManifest, sidecarManifest } from './manifests.ts';
import { rememberedEntryNames } from './service-entry-names.ts';
import {
  reopenedBy,
  serviceEntryDeletion,
  serviceEntrySteps,
  writesBelowAmong,
  type ServiceEntryWrite,
} from './order/service-entry-stages.ts';
import { sidecarDeletions } from './order/sidecar-deletions.ts';
import { rememberedNames } from './sidecar-names.ts';
import {
  writeStep,
  type Draft,
  type DraftStep,
  type PlannedServiceEntry,
  type PlannedSidecar,
  type WithholdReason,
} from './steps.ts';
import { transientAccess } from './order/transient-access.ts';

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
  const finalPorts = finalPortsOf(serviceEntries, snapshot);
  const deletions = deleted.map((live) => serviceEntryDeletion(live, access, finalPorts));
  const reopenedOf = (live: LiveServiceEntry) => ({ live, sidecars: reopenedBy(live, access, finalPorts) });
  const reduced = [
    ...writes.flatMap(({ live }) => live ?? []).map(reopenedOf),
    ...deletions.map(({ live, reopening }) => ({ live, sidecars: reopening })),
    ...kept.map(reopenedOf),
  ];
  return [
    ...writes.flatMap((write) => serviceEntrySteps(write, access, writesBelow)),
    ...deletions.map(({ draft }) => draft),
    ...sidecarWrites(sidecars, snapshot, {
      requires: entriesBySidecar(reduced),
      waitsFor: entriesBySidecar(deletions.map(({ live, hearing }) => ({ live, sidecars: hearing }))),
    }),
  ];
}

function serviceEntryWrites(
  planned: readonly PlannedServiceEntry[],
  { namespace, definition, run }: Snapshot,
): readonly ServiceEntryWrite[] {
  return deriveEach(run, 'write of ServiceEntry', planned, {
    key: ({ name }) => name,
    also: [definition],
    compute: ({ live, ...desired }): readonly ServiceEntryWrite[] => {
      const written = definitionOf(desired.intents, definition, live);
      const manifest = serviceEntryManifest(namespace, desired, live, written);
      return live && matchesLive(manifest, live) ? [] : [{ step: writeStep(manifest, live), live }];
    },
  }).flat();
}

/** By the id of a Sidecar, the ids of the ServiceEntries with which it is given. */
function entriesBySidecar(
  entries: readonly { readonly live: LiveServiceEntry; readonly sidecars: readonly string[] }[],
): ReadonlyMap<string, readonly string[]> {
  const found = entries.flatMap(({ live, sidecars }) => {
    const entry = objectId(live.kind, live.name);
    return [...new Set(sidecars)].map((sidecar) => ({ sidecar, entry }));
  });
  const bySidecar = Map.groupBy(found, ({ sidecar }) => sidecar);
  return new Map(
    [...bySidecar].map(([sidecar, ofSidecar]) => [sidecar, ofSidecar.map(({ entry }) => entry)]),
  );
}

/** By the id of a Sidecar, the ids of ServiceEntries: those that must lose a port before it is written, and those that are deleted before it if they are. */
type EntriesFirst = {
  readonly requires: ReadonlyMap<string, readonly string[]>;
  readonly waitsFor: ReadonlyMap<string, readonly string[]>;
};

/**
 * A new Sidecar requires the live Sidecars that match its pods: its list replaces their lists, so it must not take pods from one
 * that is withheld. Each requires the ServiceEntries that must lose a port before it.
 */
function sidecarWrites(
  planned: readonly PlannedSidecar[],
  { namespace, sidecars, definition, run }: Snapshot,
  entriesFirst: EntriesFirst,
): readonly DraftStep[] {
  const matching = once(() =>
    selectorIndex(
      sidecars.filter(({ managed }) => managed).toSorted(inPrecedence),
      ({ selector = {} }) => selector,
    ),
  );
  const wanted = deriveEach(run, 'write of Sidecar', planned, {
    key: ({ name }) => name,
    also: [definition],
    compute: (each) => {
      const { name, desired, live } = each;
      const writtenFor = definitionOf(desired.scope.intents, definition, live);
      const manifest = sidecarManifest(namespace, name, desired, live, writtenFor);
      return live && matchesLive(manifest, live) ? [] : [{ ...each, manifest }];
    },
  });
  return wanted.flat().map(({ name, desired, live, manifest }): DraftStep => {
    const replaced = live ? [] : matching().within(desired.scope.selector);
    const requires = [
      ...replaced.map((sidecar) => objectId(sidecar.kind, sidecar.name)),
      ...(entriesFirst.requires.get(objectId('Sidecar', name)) ?? []),
    ];
    const standing = (live ?? replaced[0])?.egress;
    const step = { ...writeStep(manifest, live), ...(standing && { standing }) };
    const waitsFor = entriesFirst.waitsFor.get(step.id) ?? [];
    return { stage: 'sidecar', step, requires, waitsFor };
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
