// Which Sidecar governs each pod once the plan is carried out: a generated one, a foreign one that takes precedence, or one that must not be
// deleted yet. `governedPods`, from which the conditions come, does not know the last kind.
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
  /** The intents that match the pods, in order of name. */
  readonly intents: readonly Intent[];
  /** The foreign Sidecar that governs the pods although a generated one matches them. */
  readonly shadowedBy: LiveSidecar | undefined;
  /** The foreign Sidecars that match the pods and that the generated one takes precedence over. */
  readonly overruled: readonly LiveSidecar[];
};

/** A Sidecar that may govern pods: a foreign one that exists, a generated one as the plan leaves it, or one that stays undeleted. */
type SidecarContender = SidecarCandidate &
  (
    | { readonly foreign: LiveSidecar; readonly planned?: undefined; readonly undeleted?: undefined }
    | { readonly foreign?: undefined; readonly planned: PlannedSidecar; readonly undeleted?: undefined }
    | { readonly foreign?: undefined; readonly planned?: undefined; readonly undeleted: LiveSidecar }
  );

/** The pods that some intent matches, grouped. Each distinct set of labels is looked up once. */
export function governedPods(
  snapshot: Pick<Snapshot, 'intents' | 'pods' | 'sidecars'>,
  planned: readonly PlannedSidecar[],
): readonly GovernedPods[] {
  const intents = selectorIndex(snapshot.intents, ({ selector }) => selector);
  const contendersFor = contendersInPrecedence(snapshot, planned);
  const groups = Map.groupBy(snapshot.pods, (pod) => `${pod.dataPlane} ${labelsKey(pod.labels)}`);
  return [...groups.values()].flatMap((pods) => {
    const labels = pods[0]?.labels ?? {};
    const matching = intents.within(labels);
    if (matching.length === 0) return [];
    const contenders = contendersFor(labels);
    const generated = contenders.findIndex(({ foreign }) => foreign === undefined);
    const shadowedBy = generated === -1 ? undefined : contenders[0]?.foreign;
    const overruled =
      generated === -1 ? [] : contenders.slice(generated).flatMap(({ foreign }) => foreign ?? []);
    return [{ pods, intents: matching, shadowedBy, overruled }];
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
  const generated = planned.map((sidecar): SidecarContender => {
    const labels = sidecar.desired.spec.workloadSelector?.labels;
    return {
      name: sidecar.name,
      planned: sidecar,
      ...(labels === undefined ? {} : { selector: labels }),
      ...(sidecar.live === undefined ? {} : { creationTimestamp: sidecar.live.creationTimestamp }),
    };
  });
  const staying = undeleted.map((sidecar): SidecarContender => ({ ...sidecar, undeleted: sidecar }));
  return [...foreign, ...generated, ...staying];
}
