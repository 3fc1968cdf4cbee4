// Whether two lists hold the very same objects.

/** Compares element by element, by identity. */
export const haveSameElements = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a === b || (a.length === b.length && a.every((element, index) => element === b[index]));
