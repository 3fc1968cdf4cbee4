// Decides which groups of workloads there are and which intents speak for each. Knows labels; knows nothing of Istio's objects.
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey, union, type Labels } from '../domain/labels.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { Pod } from '../domain/kinds/pod.ts';

/**
 * The scopes of a namespace, most specific first: for each pod the union of the selectors that match it, and each intent's own
 * selector. Istio gives a pod one Sidecar and never merges, so a pod that two intents match needs one that holds both.
 *
 *   intents   a: {app=web}   b: {tier=x}   d: {}
 *   pods      p: app=web,tier=x            q: app=web
 *   scopes    {app=web,tier=x} = a+b+d     {app=web} = a+d     {tier=x} = b+d     {} = d
 *
 * Not every combination of selectors is a scope, which would explode: only those that some pod has.
 */
export function scopesOf(intents: readonly Intent[], pods: readonly Pod[]): readonly Scope[] {
  const index = selectorIndex(intents, ({ selector }) => selector);
  const selectors = new Map<string, Labels>();
  const populated = new Set<string>();
  for (const { selector } of intents) selectors.set(labelsKey(selector), selector);
  for (const labels of distinct(replicaSets(pods).map(index.relevant))) {
    const matching = index.within(labels);
    if (matching.length === 0) continue;
    const selector = matching.map((intent) => intent.selector).reduce(union);
    selectors.set(labelsKey(selector), selector);
    populated.add(labelsKey(selector));
  }
  return [...selectors]
    .map(([key, selector]) => {
      const within = index.within(selector);
      const restricted = within.some(({ mode }) => mode === 'Enforce');
      return { key, selector, intents: within, hasPods: populated.has(key), restricted };
    })
    .toSorted(mostSpecificFirst);
}

const mostSpecificFirst = byEach<Scope>(
  byNumber(({ selector }) => -Object.keys(selector).length),
  byKey(({ key }) => key),
);

/** The labels of the pods, those of replicas once: in whatever order they are written, since that is cheap to compare. */
const replicaSets = (pods: readonly Pod[]): readonly Labels[] => [
  ...new Map(pods.map(({ labels }) => [JSON.stringify(labels), labels])).values(),
];

function distinct(labelSets: readonly Labels[]): Iterable<Labels> {
  return new Map(labelSets.map((labels) => [labelsKey(labels), labels])).values();
}

/**
 * A set of labels that decides what a pod may call: the union of the selectors of the intents that match it. A pod is
 * governed by the largest scope among its labels.
 */
export type Scope = {
  readonly selector: Labels;
  /** `labelsKey` of the selector. */
  readonly key: string;
  /** Every intent whose selector is part of the scope's, in order of name. */
  readonly intents: readonly Intent[];
  /** Whether there is a pod that it governs. */
  readonly hasPods: boolean;
  /** Whether one of them closes what it does not list. Only a closed scope gets a Sidecar. */
  readonly restricted: boolean;
};
