// The total orders in which everything that becomes output is written. Bytes compare, never a locale.

/** Compares two strings by their UTF-16 code units, which for Kubernetes names is byte order. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Compares by a text taken from each value. */
export const byKey =
  <T>(key: (value: T) => string) =>
  (a: T, b: T): number =>
    byText(key(a), key(b));

/** Compares by a number taken from each value, smallest first. */
export const byNumber =
  <T>(key: (value: T) => number) =>
  (a: T, b: T): number =>
    key(a) - key(b);

/** Compares by the first order that tells two values apart. */
export const byEach =
  <T>(...orders: readonly ((a: T, b: T) => number)[]) =>
  (a: T, b: T): number => {
    for (const order of orders) {
      const difference = order(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };

/** The distinct values of a list of texts, in order. */
export function sortedSet(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].toSorted(byText);
}
