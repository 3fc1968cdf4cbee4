// The difference between what should stand and what stands, as an ordered list of writes. Pure.
import type { LiveObject } from '../domain/kinds/live-object.ts';
import { excludes, selects } from '../domain/labels.ts';
import { type Snapshot } from '../cluster/snapshot.ts';
import { deletion, type Apply, type Plan, type PlannedSidecar, type Withheld } from './steps.ts';
import { earlyDeletion, isReopened, stageServiceEntries } from './service-entry-stages.ts';
import { withholdReason, type WithholdReason } from './withheld.ts';
import { serviceEntryManifest, sidecarManifest, matchesLive } from './manifests.ts';
import { transientAccess } from './transient-access.ts';
import { chooseNames } from './sidecar-names.ts';
import { orderSteps } from './step-order.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import {
  objectId,
  type ServiceEntryManifest,
  type Manifest,
  type SidecarManifest,
} from '../domain/kinds/manifest.ts';
import type { Compilation } from '../compile/compilation.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';

/**
 * Plans the writes in an order in which no closed pod ever becomes open and no grant that stays is ever lost:
 *
 * | what                                           | comes                                     | because                                                |
 * |------------------------------------------------|-------------------------------------------|--------------------------------------------------------|
 * | a ServiceEntry, or what it gains               | before the Sidecars                       | a Sidecar that names an unknown host would block it    |
 * | a gain that a Sidecar which stands would leak  | after that Sidecar                        | else its pods would get for a moment what others get   |
 * | a loss that a Sidecar to come would let through| before the Sidecars                       | else its pods would get for a moment what others had   |
 * | a Sidecar that is new                          | before the less specific ones             | being older it wins                                    |
 * | the deletion of a Sidecar, those that Istio    | after all to which its pods may fall      | a pod falls from the one that governs it to what       |
 * | takes last go first                            |                                           | stands by now, never to another that is about to go    |
 * | any other loss of a ServiceEntry, its deletion | last                                      | nothing names it any more                              |
 *
 * The deletions of Sidecars, and those at the end, run only if every write before them succeeded. What shares an owner with an
 * intent that cannot be read, and what is not ours, is withheld.
 */
export function planWrites(compilation: Compilation, snapshot: Snapshot): Plan {
  const hold = withholdReason(snapshot);
  const planned = chooseNames(compilation.sidecars, snapshot.sidecars);
  const passage = transientAccess(snapshot.sidecars, planned, hold);
  const entries = decide(wantedServiceEntries(compilation, snapshot), hold);
  const staged = stageServiceEntries(entries.writes, passage);
  const sidecars = decide(wantedSidecars(snapshot, planned, hold), hold);
  const gone = Map.groupBy(unwanted(snapshot.serviceEntries, compilation.serviceEntries, hold), (entry) =>
    isReopened(entry, passage) ? 'early' : 'last',
  );
  return {
    phases: orderSteps({
      early: [...staged.early, ...(gone.get('early') ?? []).map(earlyDeletion)],
      applies: sidecars.writes,
      stale: reversePrecedence(unwanted(snapshot.sidecars, planned, hold)),
      late: staged.late,
      last: (gone.get('last') ?? []).map(deletion),
    }),
    sidecars: planned,
    withheld: [...entries.withheld, ...staged.withheld, ...sidecars.withheld],
  };
}

/** An object that should stand, with the one that stands in its place. */
type Wanted<M extends Manifest, L extends LiveObject> = {
  readonly manifest: M;
  readonly live: L | undefined;
};

/** Leaves out what stands already, and what must be left as it is. */
function decide<M extends Manifest, L extends LiveObject>(
  wanted: readonly Wanted<M, L>[],
  hold: WithholdReason,
) {
  const writes: (Wanted<M, L> & { readonly step: Apply })[] = [];
  const withheld: Withheld[] = [];
  for (const { manifest, live } of wanted) {
    const { kind, metadata } = manifest;
    const why = live && hold(live);
    if (why !== undefined) withheld.push({ kind, name: metadata.name, reason: why });
    else if (live === undefined || !matchesLive(manifest, live)) {
      const verb = live === undefined ? 'create' : 'update';
      const step: Apply = { kind: 'apply', id: objectId(kind, metadata.name), verb, manifest, needs: [] };
      writes.push({ manifest, live, step });
    }
  }
  return { writes, withheld };
}

function wantedServiceEntries(
  { serviceEntries }: Compilation,
  snapshot: Snapshot,
): readonly Wanted<ServiceEntryManifest, LiveServiceEntry>[] {
  const standing = new Map(snapshot.serviceEntries.map((entry) => [entry.name, entry]));
  return serviceEntries.map((desired) => {
    const live = standing.get(desired.name);
    return { manifest: serviceEntryManifest(snapshot.namespace, desired, live), live };
  });
}

/** A new scope whose pods a withheld Sidecar governs is left out: it would take them away from what we may not copy. */
function wantedSidecars(
  { namespace, sidecars }: Snapshot,
  planned: readonly PlannedSidecar[],
  hold: WithholdReason,
): readonly Wanted<SidecarManifest, LiveSidecar>[] {
  const held = sidecars.filter((live) => live.managed && hold(live)).map(({ selector = {} }) => selector);
  return planned.flatMap(({ name, desired, live }) => {
    if (!live && held.some((selector) => selects(selector, desired.scope.selector))) return [];
    return [{ manifest: sidecarManifest(namespace, name, desired, live), live }];
  });
}

/**
 * In the reverse of Istio's precedence, so that each pod keeps the one that governs it until that goes too. Those that cannot
 * both match a pod may go at once.
 */
function reversePrecedence(sidecars: readonly LiveSidecar[]): readonly (readonly LiveSidecar[])[] {
  const phases: LiveSidecar[][] = [];
  for (const sidecar of sidecars.toSorted(inPrecedence).toReversed()) {
    const last = phases.at(-1);
    if (last?.every(({ selector }) => excludes(selector ?? {}, sidecar.selector ?? {}))) last.push(sidecar);
    else phases.push([sidecar]);
  }
  return phases;
}

function unwanted<T extends LiveObject>(
  live: readonly T[],
  wanted: readonly { readonly name: string }[],
  hold: WithholdReason,
): readonly T[] {
  const names = new Set(wanted.map(({ name }) => name));
  return live.filter((object) => !names.has(object.name) && hold(object) === undefined);
}
