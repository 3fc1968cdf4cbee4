// Which Sidecar governs each pod: a generated one, a foreign one that takes precedence, or one of ours that stays as it was.
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey, type Labels } from '../domain/labels.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../plan/steps.ts';
import { inPrecedence, type SidecarCandidate } from '../domain/istio/sidecar-precedence.ts';
import type { StandingSidecars } from './standing-sidecars.ts';

/** Pods with the same labels, data plane and bypasses. */
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
  snapshot: Pick<Snapshot, 'intents' | 'pods' | 'sidecars'>,
  planned: readonly PlannedSidecar[],
  standing: StandingSidecars,
): readonly GovernedPods[] {
  const intents = selectorIndex(snapshot.intents, ({ selector }) => selector);
  const intendedFor = contendersInPrecedence({ sidecars: [] }, planned);
  const contendersFor = contendersInPrecedence(snapshot, standing.asPlanned, standing.unchanged);
  const groups = Map.groupBy(snapshot.pods, ({ dataPlane, bypasses, labels }) =>
    JSON.stringify([dataPlane, bypasses, labelsKey(labels)]),
  );
  return [...groups.values()].flatMap((pods) => {
    const labels = pods[0]?.labels ?? {};
    const matching = intents.within(labels);
    if (matching.length === 0) return [];
    const intended = intendedFor(labels)[0]?.planned;
    return [{ pods, intents: matching, intended, contenders: contendersFor(labels) }];
  });
}

/** The Sidecars that match pods with some labels; the first one governs the pods. */
export function contendersInPrecedence(
  { sidecars }: Pick<Snapshot, 'sidecars'>,
  planned: readonly PlannedSidecar[],
  undeleted: readonly LiveSidecar[] = [],
): (labels: Labels) => readonly SidecarContender[] {
  const index = selectorIndex(contendersOf(sidecars, planned, undeleted), ({ selector = {} }) => selector);
  return (labels) => index.within(labels).toSorted(inPrecedence);
}

function contendersOf(
  live: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
  undeleted: readonly LiveSidecar[],
): readonly SidecarContender[] {
  const foreign = live
    .filter(({ managed }) => !managed)
    .map((sidecar): SidecarContender => ({ ...sidecar, foreign: sidecar }));
  const generated = planned.map((sidecar): SidecarContender => ({
    ...candidateOf(sidecar),
    planned: sidecar,
  }));
  const staying = undeleted.map((sidecar): SidecarContender => ({ ...sidecar, undeleted: sidecar }));
  return [...foreign, ...generated, ...staying];
}

/** How old the planned Sidecar is once it is written, and which pods it matches. */
export function candidateOf({ name, desired, live }: PlannedSidecar): SidecarCandidate {
  const labels = desired.spec.workloadSelector?.labels;
  return {
    name,
    ...(labels === undefined ? {} : { selector: labels }),
    ...(live === undefined ? {} : { creationTimestamp: live.creationTimestamp }),
  };
}
