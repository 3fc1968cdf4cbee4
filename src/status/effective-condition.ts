// Whether an intent does what it says for the pods that it matches: each runs a sidecar, and our Sidecar governs it.
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

/** The verdict for each valid intent. */
export function effectiveConditions(
  snapshot: Snapshot,
  planned: readonly PlannedSidecar[],
  diagnostics: ReadonlyMap<string, readonly Diagnostic[]>,
): ReadonlyMap<Intent, UndatedCondition<'Effective'>> {
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
): UndatedCondition<'Effective'> {
  const type = 'Effective';
  if (intent.mode === 'Audit') {
    return {
      type,
      status: 'Unknown',
      reason: 'Audit',
      message: 'Audit closes nothing, so there is nothing to see to',
    };
  }
  if (groups.length === 0) {
    const message = isEmpty(intent.selector)
      ? 'the namespace has no pod yet'
      : `no pod has the labels ${labelsText(intent.selector)}: start one, or correct workloadSelector`;
    return { type, status: 'Unknown', reason: 'NoPods', message };
  }
  return (
    shadowed(groups) ??
    unmeshed(groups) ??
    overridden(overrides) ?? { type, status: 'True', reason: 'Effective', message: effectiveMessage(groups) }
  );
}

function shadowed(groups: readonly GovernedPods[]): UndatedCondition<'Effective'> | undefined {
  const hidden = groups.filter(({ shadowedBy }) => shadowedBy !== undefined);
  if (hidden.length === 0) return undefined;
  const rivals = sidecarNames(hidden.flatMap(({ shadowedBy }) => shadowedBy ?? []));
  return {
    type: 'Effective',
    status: 'False',
    reason: 'Shadowed',
    message: `${rivals} was there first and governs ${podNames(hidden)} in place of ours: Istio gives a pod one Sidecar and never merges, so delete it, or select other pods with it`,
  };
}

function unmeshed(groups: readonly GovernedPods[]): UndatedCondition<'Effective'> | undefined {
  const ambient = groups.filter(({ pods }) => pods[0]?.dataPlane === 'ambient');
  if (ambient.length > 0) {
    return {
      type: 'Effective',
      status: 'False',
      reason: 'Ambient',
      message: `${podNames(ambient)} is in ambient mode, where Sidecar has no effect: nothing is closed; use sidecar mode`,
    };
  }
  const bare = groups.filter(({ pods }) => pods[0]?.dataPlane === 'none');
  if (bare.length === 0) return undefined;
  return {
    type: 'Effective',
    status: 'False',
    reason: 'NoSidecar',
    message: `${podNames(bare)} runs without Istio's sidecar, so nothing is closed: turn injection on and restart it`,
  };
}

/** Somebody else's routing makes more of what is granted than was granted. */
function overridden(overrides: readonly Diagnostic[]): UndatedCondition<'Effective'> | undefined {
  if (overrides.length === 0) return undefined;
  return { type: 'Effective', status: 'False', reason: 'Overridden', message: textOf(overrides) };
}

function effectiveMessage(groups: readonly GovernedPods[]): string {
  const overruled = groups.flatMap((group) => group.overruled);
  return overruled.length === 0
    ? 'every matching pod is governed by our Sidecar'
    : `every matching pod is governed by our Sidecar, which takes precedence over ${sidecarNames(overruled)}`;
}

const sidecarNames = (sidecars: readonly LiveSidecar[]): string =>
  sortedSet(sidecars.map(({ namespace, name }) => `Sidecar ${namespace}/${name}`)).join(', ');

const NAMED = 3;

/** The first pods by name; a status that counted them would change with every pod. */
function podNames(groups: readonly GovernedPods[]): string {
  const names = sortedSet(groups.flatMap(({ pods }) => pods.map(({ name }) => name)));
  const shown = names.slice(0, NAMED).join(', ');
  return `pod ${shown}${names.length > NAMED ? ' and more' : ''}`;
}
