// The total orders in which output is written. They compare bytes, never by locale.

/** Compares two strings by their UTF-16 code units, which is byte order for Kubernetes names. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Compares by a text of each value. */
export const byKey =
  <T>(key: (value: T) => string) =>
  (a: T, b: T): number =>
    byText(key(a), key(b));

/** Compares by a number of each value, smallest first. */
export const byNumber =
  <T>(key: (value: T) => number) =>
  (a: T, b: T): number =>
    key(a) - key(b);

/** Compares by the first order in which two values differ. */
export const byEach =
  <T>(...orders: readonly ((a: T, b: T) => number)[]) =>
  (a: T, b: T): number => {
    for (const order of orders) {
      const difference = order(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };

/** The distinct texts of a list, in order. */
export function sortedSet(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].toSorted(byText);
}
