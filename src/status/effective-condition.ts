// The condition Effective: each matching pod has a sidecar proxy, a generated Sidecar governs it, and no other Istio object allows
// more than was granted.
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { isEmpty, labelsText } from '../domain/labels.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { sortedSet } from '../domain/order.ts';
import type { UndatedCondition } from '../domain/egress-intent/status.ts';
import { governedPods, type GovernedPods } from './governing-sidecar.ts';
import { textOf, withSeverity } from './conditions.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../plan/steps.ts';

type Effective = UndatedCondition<'Effective'>;

/** The condition of each valid intent. Diagnostics are given by the name of the intent. */
export function effectiveConditions(
  snapshot: Pick<Snapshot, 'intents' | 'pods' | 'sidecars'>,
  planned: readonly PlannedSidecar[],
  diagnostics: ReadonlyMap<string, readonly Diagnostic[]>,
): ReadonlyMap<Intent, Effective> {
  const groups = new Map<Intent, GovernedPods[]>(snapshot.intents.map((intent) => [intent, []]));
  for (const group of governedPods(snapshot, planned)) {
    for (const intent of group.intents) groups.get(intent)?.push(group);
  }
  return new Map(
    [...groups].map(([intent, governed]) => [
      intent,
      effectiveCondition(intent, governed, withSeverity(diagnostics.get(intent.name) ?? [], 'overridden')),
    ]),
  );
}

function effectiveCondition(
  intent: Intent,
  groups: readonly GovernedPods[],
  overrides: readonly Diagnostic[],
): Effective {
  const type = 'Effective';
  if (intent.mode === 'Audit') {
    const message = 'mode Audit restricts nothing, so there is no effect to check';
    return { type, status: 'Unknown', reason: 'Audit', message };
  }
  if (groups.length === 0) {
    const message = isEmpty(intent.selector)
      ? 'the namespace has no pods'
      : `no pod has the labels ${labelsText(intent.selector)}: start one, or correct spec.workloadSelector`;
    return { type, status: 'Unknown', reason: 'NoPods', message };
  }
  return (
    shadowed(groups) ??
    withoutSidecarProxy(groups) ??
    overridden(overrides) ?? { type, status: 'True', reason: 'Effective', message: effectiveText(groups) }
  );
}

function shadowed(groups: readonly GovernedPods[]): Effective | undefined {
  const affected = groups.filter(({ shadowedBy }) => shadowedBy !== undefined);
  if (affected.length === 0) return undefined;
  const foreign = sidecarNames(affected.flatMap(({ shadowedBy }) => shadowedBy ?? []));
  const [verb, remedy] =
    foreign.length === 1
      ? ['takes', 'delete it, or change its workloadSelector']
      : ['take', 'delete them, or change their workloadSelectors'];
  return {
    type: 'Effective',
    status: 'False',
    reason: 'Shadowed',
    message: `${foreign.join(', ')} ${verb} precedence over the generated Sidecar for ${podsText(affected)}, and Istio applies only one Sidecar to a pod: ${remedy}`,
  };
}

function withoutSidecarProxy(groups: readonly GovernedPods[]): Effective | undefined {
  const ambient = groups.filter(({ pods }) => pods[0]?.dataPlane === 'ambient');
  if (ambient.length > 0) {
    const message = `nothing is restricted for ${podsText(ambient)}, because ambient mode ignores Sidecar resources: use sidecar mode`;
    return { type: 'Effective', status: 'False', reason: 'Ambient', message };
  }
  const bare = groups.filter(({ pods }) => pods[0]?.dataPlane === 'none');
  if (bare.length === 0) return undefined;
  const message = `nothing is restricted for ${podsText(bare)}, because no Istio sidecar proxy was injected: enable injection and restart`;
  return { type: 'Effective', status: 'False', reason: 'NoSidecar', message };
}

/** Foreign routing allows more than was granted. */
function overridden(overrides: readonly Diagnostic[]): Effective | undefined {
  if (overrides.length === 0) return undefined;
  return { type: 'Effective', status: 'False', reason: 'Overridden', message: textOf(overrides) };
}

function effectiveText(groups: readonly GovernedPods[]): string {
  const overruled = sidecarNames(groups.flatMap((group) => group.overruled));
  const governed = 'every matching pod is governed by its generated Sidecar';
  return overruled.length === 0
    ? governed
    : `${governed}, which takes precedence over ${overruled.join(', ')}`;
}

/** In order of name. */
const sidecarNames = (sidecars: readonly LiveSidecar[]): readonly string[] =>
  sortedSet(sidecars.map(({ namespace, name }) => `Sidecar ${namespace}/${name}`));

const MAX_NAMES = 3;

/** Names the first pods. It gives no total, because the status would then change with every pod. */
function podsText(groups: readonly GovernedPods[]): string {
  const names = sortedSet(groups.flatMap(({ pods }) => pods.map(({ name }) => name)));
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return `pod${names.length === 1 ? '' : 's'} ${shown}${names.length > MAX_NAMES ? ' and more' : ''}`;
}
