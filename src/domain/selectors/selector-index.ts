// Finds, among many selectors, those that match a set of labels, without looking at all of them. Knows nothing of intents.
import { selects, type Labels } from '../labels.ts';

type SelectorIndex<T> = {
  /** The values whose labels are all among the given ones, in the order of the input. */
  readonly within: (labels: Labels) => readonly T[];
  /** The given labels without those that no value has, which make no difference. */
  readonly relevant: (labels: Labels) => Labels;
};

/**
 * Keeps each value in the bucket of its rarest label, so that a look-up compares only values that share a label with the given
 * ones, and seldom many that do not match.
 */
export function selectorIndex<T>(values: readonly T[], labelsOf: (value: T) => Labels): SelectorIndex<T> {
  const counts = new Map<string, number>();
  for (const value of values) {
    for (const pair of pairsOf(labelsOf(value))) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const rarest = (pairs: readonly string[]): string =>
    pairs.reduce((a, b) => ((counts.get(b) ?? 0) < (counts.get(a) ?? 0) ? b : a));

  const unlabelled: number[] = [];
  const buckets = new Map<string, number[]>();
  for (const [index, value] of values.entries()) {
    const pairs = pairsOf(labelsOf(value));
    if (pairs.length === 0) unlabelled.push(index);
    else addTo(buckets, rarest(pairs), index);
  }
  return {
    within: (labels) =>
      [...unlabelled, ...pairsOf(labels).flatMap((pair) => buckets.get(pair) ?? [])]
        .toSorted((a, b) => a - b)
        .flatMap((index) => {
          const value = values[index];
          return value !== undefined && selects(labelsOf(value), labels) ? [value] : [];
        }),
    relevant: (labels) =>
      Object.fromEntries(Object.entries(labels).filter(([key, value]) => counts.has(pairOf(key, value)))),
  };
}

const pairOf = (key: string, value: string): string => `${key}=${value}`;

const pairsOf = (labels: Labels): readonly string[] =>
  Object.entries(labels).map(([key, value]) => pairOf(key, value));

function addTo(buckets: Map<string, number[]>, pair: string, index: number): void {
  const bucket = buckets.get(pair);
  if (bucket === undefined) buckets.set(pair, [index]);
  else bucket.push(index);
}
