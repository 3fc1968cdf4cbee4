// The difference between what should stand and what stands, as an ordered list of writes. Pure.
import type { LiveObject, LiveSidecar } from '../domain/istio.ts';
import { excludes, selects, type Labels } from '../domain/labels.ts';
import type {
  Compilation,
  Manifest,
  Plan,
  PlannedSidecar,
  Snapshot,
  Step,
  Withheld,
} from '../domain/model.ts';
import { serviceEntryManifest, sidecarManifest, stands } from './manifest.ts';
import { chooseNames, inPrecedence } from './precedence.ts';

/**
 * Plans the writes in the order in which no closed pod ever becomes open and no grant that stays is ever lost:
 *
 * | phase | what                                           | why there                                               |
 * |-------|------------------------------------------------|---------------------------------------------------------|
 * | 1     | ServiceEntries, created and updated            | a Sidecar that names an unknown host would block it     |
 * | 2..   | Sidecars, the most specific first              | each is older than the less specific ones, so it wins   |
 * | then  | Sidecars that nobody wants any more, deleted,  | a pod falls from the one that governs it to what stands |
 * |       | those that Istio takes last first              | by now, and never to another that is about to go        |
 * | last  | ServiceEntries that nobody wants, deleted      | nothing names them any more                             |
 *
 * Deletions run only if every write before them succeeded. What shares an owner with an intent that cannot be read, and what
 * is not ours, is withheld.
 */
export function planWrites(compilation: Compilation, snapshot: Snapshot): Plan {
  const hold = holder(snapshot);
  const entries = decide(wantedServiceEntries(compilation, snapshot), hold);
  const planned = chooseNames(compilation.sidecars, snapshot.sidecars);
  const sidecars = decide(wantedSidecars(snapshot, planned, hold, entries.applies), hold);
  const phases = [
    entries.applies,
    ...mostSpecificFirst(sidecars.applies, ({ manifest: { spec } }) =>
      'workloadSelector' in spec ? spec.workloadSelector.labels : {},
    ),
    ...takenLastFirst(unwanted(snapshot.sidecars, planned, hold)).map((phase) => phase.map(deletion)),
    unwanted(snapshot.serviceEntries, compilation.serviceEntries, hold).map(deletion),
  ];
  return {
    phases: phases.filter((steps) => steps.length > 0),
    sidecars: planned,
    withheld: [...entries.withheld, ...sidecars.withheld],
  };
}

type Apply = Extract<Step, { kind: 'apply' }>;

/** An object that should stand, with the one that stands in its place. `rank` is the number of labels it selects by. */
type Wanted = {
  readonly manifest: Manifest;
  readonly live: LiveObject | undefined;
  readonly needs: readonly string[];
};

/** Why a live object must be left as it is, if it must. */
type Hold = (live: LiveObject) => Withheld['why'] | undefined;

function holder({ invalid }: Snapshot): Hold {
  const unreadable = new Map(invalid.map(({ uid, name }) => [uid, name]));
  return ({ managed, owners }) => {
    if (!managed) return { kind: 'not-ours' };
    const intent = owners.map((uid) => unreadable.get(uid)).find((name) => name !== undefined);
    return intent === undefined ? undefined : { kind: 'invalid-intent', intent };
  };
}

function decide(wanted: readonly Wanted[], hold: Hold) {
  const applies: Apply[] = [];
  const withheld: Withheld[] = [];
  for (const { manifest, live, needs } of wanted) {
    const { kind, metadata } = manifest;
    const why = live && hold(live);
    if (why !== undefined) withheld.push({ kind, name: metadata.name, why });
    else if (live === undefined || !stands(manifest, live)) {
      const id = `${kind}/${metadata.name}`;
      applies.push({ kind: 'apply', id, verb: live === undefined ? 'create' : 'update', manifest, needs });
    }
  }
  return { applies, withheld };
}

function wantedServiceEntries(compilation: Compilation, snapshot: Snapshot): readonly Wanted[] {
  const standing = new Map(snapshot.serviceEntries.map((entry) => [entry.name, entry]));
  return compilation.serviceEntries.map((desired) => {
    const live = standing.get(desired.name);
    return { manifest: serviceEntryManifest(snapshot.namespace, desired, live), live, needs: [] };
  });
}

/** A new scope whose pods a withheld Sidecar governs is left out: it would take them away from what we may not copy. */
function wantedSidecars(
  { namespace, sidecars }: Snapshot,
  planned: readonly PlannedSidecar[],
  hold: Hold,
  entries: readonly Apply[],
): readonly Wanted[] {
  const held = sidecars.filter((live) => live.managed && hold(live)).map(({ selector = {} }) => selector);
  const stepOf = new Map<string, string>(
    entries.flatMap(({ id, manifest }) =>
      manifest.kind === 'ServiceEntry' ? [[`${namespace}/${manifest.spec.hosts[0]}`, id] as const] : [],
    ),
  );
  return planned.flatMap(({ name, desired, live }) => {
    if (!live && held.some((selector) => selects(selector, desired.scope.selector))) return [];
    const needs = desired.spec.egress.flatMap(({ hosts }) => hosts.flatMap((host) => stepOf.get(host) ?? []));
    return [{ manifest: sidecarManifest(namespace, name, desired, live), live, needs }];
  });
}

/** One phase for each number of labels, those with the most first. */
function mostSpecificFirst<T>(
  values: readonly T[],
  labelsOf: (value: T) => Labels,
): readonly (readonly T[])[] {
  const phases = Map.groupBy(values, (value) => Object.keys(labelsOf(value)).length);
  return [...phases].toSorted(([a], [b]) => b - a).map(([, phase]) => phase);
}

/**
 * In the reverse of Istio's precedence, so that each pod keeps the one that governs it until that goes too. Those that cannot
 * both match a pod may go at once.
 */
function takenLastFirst(sidecars: readonly LiveSidecar[]): readonly (readonly LiveSidecar[])[] {
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
  hold: Hold,
): readonly T[] {
  const names = new Set(wanted.map(({ name }) => name));
  return live.filter((object) => !names.has(object.name) && hold(object) === undefined);
}

const deletion = ({ kind, namespace, name, uid }: LiveObject): Step => ({
  kind: 'delete',
  id: `${kind}/${name}`,
  needs: 'every',
  of: kind,
  namespace,
  name,
  uid,
});
