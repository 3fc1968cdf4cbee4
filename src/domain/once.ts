// A value that most callers never need.

/** Makes the value when it is asked for the first time. What it is made from must not change. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
