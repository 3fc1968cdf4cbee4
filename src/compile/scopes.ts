// Groups the pods of a namespace by the intents that select them. Knows labels; knows nothing of Istio's objects.
import type { Intent } from '../domain/egress-intent/intent.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { labelsKey, sortedLabels, union, type Labels } from '../domain/labels.ts';
import { byEach, byKey, byNumber, sortedSet } from '../domain/order.ts';
import { selectorIndex } from '../domain/selectors/selector-index.ts';

/**
 * A set of labels that decides what a pod may call: the union of the selectors of the intents that select the pod. A pod is governed by the
 * largest scope among its labels.
 */
export type Scope = {
  readonly selector: Labels;
  /** `labelsKey` of the selector. */
  readonly key: string;
  /** Every intent whose selector is part of the scope's selector, in order of name. */
  readonly intents: readonly Intent[];
  /** True if the scope governs at least one pod. */
  readonly hasPods: boolean;
  /** True if one of the intents is enforced. Only then the scope gets a Sidecar. */
  readonly restricted: boolean;
};

/**
 * The scopes of a namespace, most specific first: for each pod the union of the selectors that match it, and the selector of each intent.
 * Istio gives a pod one Sidecar and never merges two, so a pod that two intents select needs one Sidecar with the grants of both.
 *
 *   intents   a: {app=web}   b: {tier=x}   d: {}
 *   pods      p: app=web,tier=x            q: app=web
 *   scopes    {app=web,tier=x} = a+b+d     {app=web} = a+d     {tier=x} = b+d     {} = d
 *
 * `isEnforced` is true for an intent that restricts pods.
 * Only combinations of selectors that some pod has are scopes: the number of all combinations grows exponentially.
 */
export function scopesOf(
  intents: readonly Intent[],
  pods: readonly Pod[],
  isEnforced: (intent: Intent) => boolean = ({ mode }) => mode === 'Enforce',
): readonly Scope[] {
  const index = selectorIndex(intents, ({ selector }) => selector);
  const selectors = new Map<string, Labels>();
  const populated = new Set<string>();
  for (const { selector } of intents) selectors.set(labelsKey(selector), sortedLabels(selector));
  for (const labels of distinct(labelSetsOf(pods).map(index.relevant))) {
    const matching = index.within(labels);
    if (matching.length === 0) continue;
    const selector = matching.map((intent) => intent.selector).reduce(union);
    selectors.set(labelsKey(selector), sortedLabels(selector));
    populated.add(labelsKey(selector));
  }
  return [...selectors]
    .map(([key, selector]) => {
      const within = index.within(selector);
      const restricted = within.some(isEnforced);
      return { key, selector, intents: within, hasPods: populated.has(key), restricted };
    })
    .toSorted(mostSpecificFirst);
}

/**
 * The same scopes, each of them the very one of the run before while its intents are. They are grouped again only if a selector, a mode or the
 * labels by which intents select pods change.
 */
export function rememberedScopes(
  { intents, intentNamed, pods, run }: Pick<Snapshot, 'intents' | 'intentNamed' | 'pods' | 'run'>,
  isEnforced: (intent: Intent) => boolean,
): readonly Scope[] {
  const { derive } = run;
  const selecting = deriveEach(run, 'what an intent selects', intents, {
    key: ({ name }) => name,
    compute: (intent) => JSON.stringify([intent.name, isEnforced(intent), labelsKey(intent.selector)]),
  });
  const index = derive('selectors', '', selecting, () => selectorIndex(intents, ({ selector }) => selector));
  const labelSets = derive('label sets', '', [index, pods], () =>
    sortedSet(labelSetsOf(pods).map((labels) => labelsKey(index.relevant(labels)))),
  );
  const grouped = derive('scopes', '', [index, ...labelSets], () => scopesOf(intents, pods, isEnforced));
  return deriveEach(run, 'scope', grouped, {
    key: ({ key }) => key,
    compute: (scope) => ({ ...scope, intents: scope.intents.flatMap(({ name }) => intentNamed(name) ?? []) }),
  });
}

const mostSpecificFirst = byEach<Scope>(
  byNumber(({ selector }) => -Object.keys(selector).length),
  byKey(({ key }) => key),
);

/** The label sets of the pods. Replicas count once if they list their labels in the same order, which is cheap to compare. */
const labelSetsOf = (pods: readonly Pod[]): readonly Labels[] => [
  ...new Map(pods.map(({ labels }) => [JSON.stringify(labels), labels])).values(),
];

const distinct = (labelSets: readonly Labels[]): Iterable<Labels> =>
  new Map(labelSets.map((labels) => [labelsKey(labels), labels])).values();
