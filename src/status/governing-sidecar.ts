// Which Sidecar will govern each pod once the plan is carried out: ours, or somebody else's that came first.
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey, type Labels } from '../domain/labels.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../plan/steps.ts';
import { inPrecedence, type SidecarCandidate } from '../domain/istio/sidecar-precedence.ts';

/** Pods with the same labels and data plane, which Istio treats alike. */
export type GovernedPods = {
  readonly pods: readonly Pod[];
  readonly intents: readonly Intent[];
  /** Somebody else's Sidecar that Istio gives these pods although one of ours matches them. */
  readonly shadowedBy: LiveSidecar | undefined;
  /** Other people's Sidecars that match these pods and that ours takes precedence over. */
  readonly overruled: readonly LiveSidecar[];
};

/** A Sidecar that matches pods: a foreign one that exists, or a managed one as the plan leaves it. */
export type SidecarContender = SidecarCandidate &
  (
    | { readonly foreign: LiveSidecar; readonly planned?: undefined }
    | { readonly foreign?: undefined; readonly planned: PlannedSidecar }
  );

/** Looks at each distinct set of labels once. Pods that no intent matches are left out. */
export function governedPods(
  snapshot: Snapshot,
  planned: readonly PlannedSidecar[],
): readonly GovernedPods[] {
  const intents = selectorIndex(snapshot.intents, ({ selector }) => selector);
  const contendersFor = contendersInPrecedence(snapshot, planned);
  const groups = Map.groupBy(snapshot.pods, (pod) => `${pod.dataPlane} ${labelsKey(pod.labels)}`);
  return [...groups.values()].flatMap((pods) => {
    const labels = pods[0]?.labels ?? {};
    const matching = intents.within(labels);
    if (matching.length === 0) return [];
    const ranked = contendersFor(labels);
    const ours = ranked.findIndex(({ foreign }) => foreign === undefined);
    const shadowedBy = ours === -1 ? undefined : ranked[0]?.foreign;
    const overruled = ours === -1 ? [] : ranked.slice(ours).flatMap(({ foreign }) => foreign ?? []);
    return [{ pods, intents: matching, shadowedBy, overruled }];
  });
}

/** The Sidecars that match pods with some labels, the one that Istio gives them first. */
export function contendersInPrecedence(
  snapshot: Snapshot,
  planned: readonly PlannedSidecar[],
): (labels: Labels) => readonly SidecarContender[] {
  const index = selectorIndex(contendersOf(snapshot, planned), ({ selector = {} }) => selector);
  return (labels) => index.within(labels).toSorted(inPrecedence);
}

function contendersOf(snapshot: Snapshot, planned: readonly PlannedSidecar[]): readonly SidecarContender[] {
  const foreign = snapshot.sidecars
    .filter(({ managed }) => !managed)
    .map((sidecar): SidecarContender => ({ ...sidecar, foreign: sidecar }));
  const ours = planned.map((sidecar): SidecarContender => {
    const { name, desired, live } = sidecar;
    const labels = desired.spec.workloadSelector?.labels;
    return {
      name,
      planned: sidecar,
      ...(labels === undefined ? {} : { selector: labels }),
      ...(live === undefined ? {} : { creationTimestamp: live.creationTimestamp }),
    };
  });
  return [...foreign, ...ours];
}
