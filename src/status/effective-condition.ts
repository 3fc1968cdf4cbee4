// Whether an intent does what it says for the pods that it matches: each runs a sidecar, and our Sidecar governs it.
import type { Diagnostic } from '../domain/egress-intent/diagnostic.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { isEmpty, labelsText } from '../domain/labels.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { sortedSet } from '../domain/order.ts';
import type { Verdict } from '../domain/egress-intent/status.ts';
import { governance, type Governed } from './governing-sidecar.ts';
import { textOf, withSeverity } from './conditions.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../plan/steps.ts';

/** The verdict for each valid intent. */
export function effectiveVerdicts(
  snapshot: Snapshot,
  planned: readonly PlannedSidecar[],
  diagnostics: ReadonlyMap<string, readonly Diagnostic[]>,
): ReadonlyMap<Intent, Verdict<'Effective'>> {
  const groups = new Map<Intent, Governed[]>(snapshot.intents.map((intent) => [intent, []]));
  for (const group of governance(snapshot, planned)) {
    for (const intent of group.intents) groups.get(intent)?.push(group);
  }
  return new Map(
    [...groups].map(([intent, governed]) => [
      intent,
      verdict(intent, governed, withSeverity(diagnostics.get(intent.name) ?? [], 'overridden')),
    ]),
  );
}

function verdict(
  intent: Intent,
  groups: readonly Governed[],
  overrides: readonly Diagnostic[],
): Verdict<'Effective'> {
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
    overridden(overrides) ?? { type, status: 'True', reason: 'Effective', message: done(groups) }
  );
}

function shadowed(groups: readonly Governed[]): Verdict<'Effective'> | undefined {
  const hidden = groups.filter(({ shadowedBy }) => shadowedBy !== undefined);
  if (hidden.length === 0) return undefined;
  const rivals = titles(hidden.flatMap(({ shadowedBy }) => shadowedBy ?? []));
  return {
    type: 'Effective',
    status: 'False',
    reason: 'Shadowed',
    message: `${rivals} was there first and governs ${podNames(hidden)} in place of ours: Istio gives a pod one Sidecar and never merges, so delete it, or select other pods with it`,
  };
}

function unmeshed(groups: readonly Governed[]): Verdict<'Effective'> | undefined {
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
function overridden(overrides: readonly Diagnostic[]): Verdict<'Effective'> | undefined {
  if (overrides.length === 0) return undefined;
  return { type: 'Effective', status: 'False', reason: 'Overridden', message: textOf(overrides) };
}

function done(groups: readonly Governed[]): string {
  const overruled = groups.flatMap((group) => group.overruled);
  return overruled.length === 0
    ? 'every matching pod is governed by our Sidecar'
    : `every matching pod is governed by our Sidecar, which takes precedence over ${titles(overruled)}`;
}

const titles = (sidecars: readonly LiveSidecar[]): string =>
  sortedSet(sidecars.map(({ namespace, name }) => `Sidecar ${namespace}/${name}`)).join(', ');

const NAMED = 3;

/** The first pods by name; a status that counted them would change with every pod. */
function podNames(groups: readonly Governed[]): string {
  const names = sortedSet(groups.flatMap(({ pods }) => pods.map(({ name }) => name)));
  const shown = names.slice(0, NAMED).join(', ');
  return `pod ${shown}${names.length > NAMED ? ' and more' : ''}`;
}
