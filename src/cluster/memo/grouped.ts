// Lists grouped by keys of their items.

/** The items by each of their keys, in the order of the list. */
export function groupedByKeys<T>(
  items: readonly T[],
  keysOf: (item: T) => readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}

/** The keys of the items between the first and the last place where two lists differ: those of every other item group the same items. */
export function keysOfDifference<T>(
  before: readonly T[],
  after: readonly T[],
  keysOf: (item: T) => readonly string[],
): ReadonlySet<string> {
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  while (first < shorter && before[first] === after[first]) first += 1;
  let last = 0;
  while (last < shorter - first && before.at(-1 - last) === after.at(-1 - last)) last += 1;
  const between = (list: readonly T[]): readonly T[] => list.slice(first, list.length - last);
  return new Set([...between(before), ...between(after)].flatMap(keysOf));
}

/** The key where a list is grouped by name, and no two objects have one name. */
export const nameOf = ({ name }: { readonly name: string }): readonly string[] => [name];

/** The one object of each group. */
export const firstOf =
  <T>(group: (key: string) => readonly T[]) =>
  (key: string): T | undefined =>
    group(key)[0];
