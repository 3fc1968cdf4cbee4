// Pods that two intents select, which a Sidecar of its own must govern: the controller sees such pods, but files may hold no workloads.
import type { Compilation } from '../compile/compilation.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { isEmpty, labelsKey, labelsText, selects, union } from '../domain/labels.ts';
import { selectorOverlap } from '../domain/selectors/selector-overlap.ts';
import type { StatusFinding } from './status-findings.ts';

/** At most one for each Sidecar, about the first other one with which it may share a pod. None for a namespace of which the input has a pod. */
export function overlapFindings(snapshot: Snapshot, { sidecars }: Compilation): readonly StatusFinding[] {
  if (snapshot.pods.length > 0) return [];
  const scopes = sidecars.map(({ scope }) => scope).filter(({ selector }) => !isEmpty(selector));
  const written = new Set(scopes.map(({ selector }) => labelsKey(selector)));
  const earlier = selectorOverlap<(typeof scopes)[number]>(({ selector }) => selector);
  return scopes.flatMap((scope): readonly StatusFinding[] => {
    const { selector, intents } = scope;
    const shared = earlier
      .overlapping(selector)
      .find(
        (other) =>
          !selects(selector, other.selector) &&
          !selects(other.selector, selector) &&
          !written.has(labelsKey(union(selector, other.selector))),
      );
    earlier.add(scope);
    const [intent] = intents;
    const [other] = shared?.intents ?? [];
    if (shared === undefined || intent === undefined || other === undefined) return [];
    const pods = labelsText(union(selector, shared.selector));
    const message = `a pod with ${pods} would get the grants of this intent or those of ${other.name}, not both, and the input has no pod of the namespace: put its workloads into the input (Deployments or Pods), so that such pods get a Sidecar with both`;
    return [{ intent: intent.name, severity: 'warning', code: 'PodsNotInInput', message }];
  });
}
