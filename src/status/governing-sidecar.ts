// Which Sidecar governs each pod: a generated one, a foreign one that takes precedence, or one of ours that stays as it was.
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey, type Labels } from '../domain/labels.ts';
import { UNREMEMBERED, type Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../plan/steps.ts';
import { isReadByNone, REVISION } from '../domain/istio/revision.ts';
import { inPrecedence, type SidecarCandidate } from '../domain/istio/sidecar-precedence.ts';
import type { StandingSidecars } from './standing-sidecars.ts';

/** Pods with the same labels and data plane, and the same bypasses. */
export type GovernedPods = {
  readonly pods: readonly Pod[];
  /** The intents that match the pods, in order of name. */
  readonly intents: readonly Intent[];
  /** The generated Sidecar that should govern the pods; absent if no intent restricts them, or if all that do are refused. */
  readonly intended: PlannedSidecar | undefined;
  /** The Sidecar that governs the pods, and those that match them too, in Istio's precedence. Empty if no Sidecar governs them. */
  readonly contenders: readonly SidecarContender[];
};

/** A Sidecar that may govern pods: a foreign one that exists, a generated one as planned, or one of ours that stays as it was. */
export type SidecarContender = SidecarCandidate &
  (
    | { readonly foreign: LiveSidecar; readonly planned?: undefined; readonly undeleted?: undefined }
    | { readonly foreign?: undefined; readonly planned: PlannedSidecar; readonly undeleted?: undefined }
    | { readonly foreign?: undefined; readonly planned?: undefined; readonly undeleted: LiveSidecar }
  );

/** The pods that some intent matches, grouped. Each distinct set of labels is looked up once. */
export function governedPods(
  { intents, pods, sidecars, mesh }: Pick<Snapshot, 'intents' | 'pods' | 'sidecars' | 'mesh'>,
  planned: readonly PlannedSidecar[],
  standing: StandingSidecars,
  { derive }: Remembering = UNREMEMBERED,
): readonly GovernedPods[] {
  const contenders = contendersOf(readSidecars(sidecars, mesh), standing.asPlanned, standing.unchanged);
  const intentsFor = selectingIntents(intents, derive);
  const intendedFor = positionsInPrecedence('intended Sidecars', planned.map(asPlanned), derive);
  const contendersFor = positionsInPrecedence('standing Sidecars', contenders, derive);
  const groups = derive('groups of pods', '', [pods], () => groupsOf(pods, derive));
  const finders = [intentsFor, intendedFor, contendersFor];
  // In most runs none of them is another one: then no group is looked at.
  const positions = derive('positions for groups', '', [groups, ...finders], () =>
    groups.map(({ key, labels }) =>
      derive('positions for pods', key, finders, () => ({
        intents: intentsFor(labels),
        intended: intendedFor(labels)[0],
        contenders: contendersFor(labels),
      })),
    ),
  );
  return groups.flatMap(({ key, members }, at) => {
    const found = positions[at];
    if (found === undefined || found.intents.length === 0) return [];
    const group = {
      pods: members,
      intents: found.intents.flatMap((position) => intents[position] ?? []),
      intended: found.intended === undefined ? undefined : planned[found.intended],
      contenders: found.contenders.flatMap((position) => contenders[position] ?? []),
    };
    const from = [
      group.pods,
      group.intended,
      ...group.intents,
      'Sidecars',
      ...group.contenders.map(sourceOf),
    ];
    return [derive('governed pods', key, from, () => group)];
  });
}

/** Finds, by their positions, the intents that select pods with some labels. */
const selectingIntents = (
  intents: readonly Intent[],
  derive: Derive,
): ((labels: Labels) => readonly number[]) =>
  derive(
    'selecting intents',
    '',
    intents.map((intent) => derive('selector', intent.name, [intent], () => labelsKey(intent.selector))),
    () => {
      const selectors = intents.map(({ selector }, position) => ({ selector, position }));
      const index = selectorIndex(selectors, ({ selector }) => selector);
      return (labels: Labels) => index.within(labels).map(({ position }) => position);
    },
  );

type PodGroup = { readonly key: string; readonly labels: Labels; readonly members: readonly Pod[] };

const groupsOf = (pods: readonly Pod[], derive: Derive): readonly PodGroup[] =>
  [
    ...Map.groupBy(pods, ({ dataPlane, bypasses, unintercepted, labels }) =>
      JSON.stringify([dataPlane, bypasses, unintercepted ?? null, labelsKey(labels)]),
    ),
  ].map(([key, members]) => ({
    key,
    labels: members[0]?.labels ?? {},
    members: derive('pods of a group', key, members, () => members),
  }));

/** The Sidecars that match pods with some labels; the first one governs the pods. */
export function contendersInPrecedence(
  { sidecars, mesh }: Pick<Snapshot, 'sidecars' | 'mesh'>,
  planned: readonly PlannedSidecar[],
  undeleted: readonly LiveSidecar[] = [],
): (labels: Labels) => readonly SidecarContender[] {
  const contenders = contendersOf(readSidecars(sidecars, mesh), planned, undeleted);
  const positionsFor = positionsInPrecedence('', contenders, UNREMEMBERED.derive);
  return (labels) => positionsFor(labels).flatMap((position) => contenders[position] ?? []);
}

type Derive = Remembering['derive'];

/** Finds, by their positions, the Sidecars that match labels, in Istio's precedence. */
function positionsInPrecedence(
  title: string,
  contenders: readonly SidecarContender[],
  derive: Derive,
): (labels: Labels) => readonly number[] {
  return derive(
    title,
    '',
    contenders.flatMap((contender) => [
      contender.name,
      contender.creationTimestamp,
      // What is planned is another object in each run.
      contender.planned?.desired.scope.key ?? contender.selector,
    ]),
    () => {
      const candidates = contenders.map(({ name, selector, creationTimestamp }, position) => ({
        position,
        name,
        ...(selector === undefined ? {} : { selector }),
        ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      }));
      const index = selectorIndex(candidates, ({ selector = {} }) => selector);
      return (labels: Labels) =>
        index
          .within(labels)
          .toSorted(inPrecedence)
          .map(({ position }) => position);
    },
  );
}

/** Without those that no istiod of the mesh reads. */
const readSidecars = (live: readonly LiveSidecar[], mesh: Snapshot['mesh']): readonly LiveSidecar[] =>
  live.filter(({ labels }) => !isReadByNone(labels[REVISION], mesh));

function contendersOf(
  live: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
  undeleted: readonly LiveSidecar[],
): readonly SidecarContender[] {
  const foreign = live
    .filter(({ managed }) => !managed)
    .map((sidecar): SidecarContender => ({ ...sidecar, foreign: sidecar }));
  const staying = undeleted.map((sidecar): SidecarContender => ({ ...sidecar, undeleted: sidecar }));
  return [...foreign, ...planned.map(asPlanned), ...staying];
}

const asPlanned = (sidecar: PlannedSidecar): SidecarContender => ({
  ...candidateOf(sidecar),
  planned: sidecar,
});

/** The object for which a Sidecar takes part. */
const sourceOf = ({ foreign, planned, undeleted }: SidecarContender): unknown =>
  foreign ?? planned ?? undeleted;

/** How old the planned Sidecar is once it is written, and which pods it matches. */
export function candidateOf({ name, desired, live }: PlannedSidecar): SidecarCandidate {
  const labels = desired.spec.workloadSelector?.labels;
  return {
    name,
    ...(labels === undefined ? {} : { selector: labels }),
    ...(live === undefined ? {} : { creationTimestamp: live.creationTimestamp }),
  };
}
