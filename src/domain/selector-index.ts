// Finds, among many sets of labels, those that are part of a given one, without looking at all of them. Knows nothing of
// intents.
import { selects, type Labels } from './labels.ts';

type SelectorIndex<T> = {
  /** The values whose labels are all among the given ones, in the order in which they came in. */
  readonly within: (labels: Labels) => readonly T[];
  /** Those of the labels that occur in some value's labels; the rest cannot make a difference. */
  readonly relevant: (labels: Labels) => Labels;
};

/**
 * Files each value under the rarest of its labels, so that a look-up touches only values that share a label with the
 * question, and seldom many that do not match.
 */
export function selectorIndex<T>(values: readonly T[], labelsOf: (value: T) => Labels): SelectorIndex<T> {
  const counts = new Map<string, number>();
  for (const value of values) {
    for (const pair of pairsOf(labelsOf(value))) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const rarest = (pairs: readonly string[]): string =>
    pairs.reduce((a, b) => ((counts.get(b) ?? 0) < (counts.get(a) ?? 0) ? b : a));

  const everywhere: number[] = [];
  const filed = new Map<string, number[]>();
  for (const [index, value] of values.entries()) {
    const pairs = pairsOf(labelsOf(value));
    if (pairs.length === 0) everywhere.push(index);
    else file(filed, rarest(pairs), index);
  }
  return {
    within: (labels) =>
      [...everywhere, ...pairsOf(labels).flatMap((pair) => filed.get(pair) ?? [])]
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

function file(filed: Map<string, number[]>, pair: string, index: number): void {
  const shelf = filed.get(pair);
  if (shelf === undefined) filed.set(pair, [index]);
  else shelf.push(index);
}
