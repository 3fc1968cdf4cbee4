// Many values of one kind, one for each key, of which a run changes few.
import type { Remembering } from './memo.ts';

/** So that a change costs one part, and a list without changes few comparisons. */
const KEYS_IN_A_PART = 32;

/**
 * One derived value for each key, in their order; each key is there once. `compute` must be a function of the key, of `also`, and of what it
 * reads by tracked functions or other derived values.
 */
export function deriveEach<T>(
  { derive }: Remembering,
  name: string,
  keys: readonly string[],
  also: readonly unknown[],
  compute: (key: string) => T,
): readonly T[] {
  const parts = Array.from({ length: Math.ceil(keys.length / KEYS_IN_A_PART) }, (_, part) => {
    const own = keys.slice(part * KEYS_IN_A_PART, (part + 1) * KEYS_IN_A_PART);
    return derive(`${name}, in parts`, String(part), [...also, ...own], () =>
      own.map((key) => derive(name, key, also, () => compute(key))),
    );
  });
  return parts.flat();
}
