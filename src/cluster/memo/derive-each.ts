// Many values of one kind, one for each item of a list, of which a run changes few.
import type { Remembering } from './memo.ts';

/** So that a change costs one part, and a list without changes little more than a comparison of its items. */
const ITEMS_IN_A_PART = 32;

type Each<I, T> = {
  /** Identifies an item within the list. */
  readonly key: (item: I) => string;
  /** What every value is made from besides. */
  readonly also?: readonly unknown[];
  /** A function of the item, of `also`, and of what it reads by tracked functions or other derived values. */
  readonly compute: (item: I) => T;
};

/** One derived value for each item, in their order. */
export function deriveEach<I, T>(
  { derive }: Remembering,
  name: string,
  items: readonly I[],
  { key, also = NOTHING, compute }: Each<I, T>,
): readonly T[] {
  const title = `${name}, in parts`;
  const parts: (readonly T[])[] = [];
  for (let first = 0; first < items.length; first += ITEMS_IN_A_PART) {
    const own = items.slice(first, first + ITEMS_IN_A_PART);
    const part = derive(title, String(first), also.length === 0 ? own : also.concat(own), () =>
      own.map((item) => derive(name, key(item), [item, ...also], () => compute(item))),
    );
    parts.push(part);
  }
  const [only = NOTHING] = parts;
  return parts.length > 1 ? parts.flat() : only;
}

const NOTHING: readonly never[] = [];
