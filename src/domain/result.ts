// The outcome of something that may fail in an expected way. A thrown error is a bug of ours.
export type Result<T, E> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error });

/** Ends a switch over a union: fails to compile when a member is forgotten. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** What is wrong with an intent. `path` leads from the object's root: `['spec', 'allow', 0, 'host']`. */
export type Problem = { readonly path: readonly (string | number)[]; readonly message: string };
