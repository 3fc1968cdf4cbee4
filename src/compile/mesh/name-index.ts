// Finds those of many names that a pattern covers, or that cover a name, without comparing it with each.
import {
  covers,
  isPartialWildcard,
  isWildcardName,
  lookupNames,
  wildcardsAbove,
} from '../../domain/istio/egress-host.ts';
import { once } from '../../domain/once.ts';
import { byNumber } from '../../domain/order.ts';

/** Every result is in the order in which the items were given, each once. */
export type NameIndex<T> = {
  /** Those with exactly this name. */
  readonly named: (name: string) => readonly T[];
  /** Those whose names the patterns cover (`covers`). */
  readonly coveredBy: (patterns: readonly string[]) => readonly T[];
  /** Those whose names cover the given one. */
  readonly covering: (name: string) => readonly T[];
  /** Those of which one of the names covers theirs, or the other way round. */
  readonly related: (names: readonly string[]) => readonly T[];
  /** The items in the order in which they were given. */
  readonly ordered: (items: Iterable<T>) => readonly T[];
};

/** The items are read when something is looked up for the first time. */
export function nameIndex<T>(items: () => readonly T[], nameOf: (item: T) => string): NameIndex<T> {
  const indexed = once(() => {
    const all = items();
    const below = all.flatMap((item) =>
      [...new Set([...wildcardsAbove(nameOf(item)), '*'])].map((wildcard) => ({ wildcard, item })),
    );
    return {
      exact: Map.groupBy(all, nameOf),
      below: Map.groupBy(below, ({ wildcard }) => wildcard),
      /** Wildcards that `wildcardsAbove` does not give. */
      partial: all.filter((item) => isPartialWildcard(nameOf(item))),
      places: new Map(all.map((item, place) => [item, place])),
    };
  });
  const named = (name: string): readonly T[] => indexed().exact.get(name) ?? [];
  const coveredBy = (pattern: string): readonly T[] => {
    if (!isWildcardName(pattern)) return named(pattern);
    const below = indexed().below.get(lookupNames(pattern).at(-1) ?? '*') ?? [];
    return [
      ...named(pattern),
      ...below.map(({ item }) => item).filter((item) => covers(pattern, nameOf(item))),
    ];
  };
  const covering = (name: string): readonly T[] => [
    ...[name, ...wildcardsAbove(name), '*'].flatMap(named),
    ...indexed().partial.filter((item) => covers(nameOf(item), name)),
  ];
  const ordered = (found: Iterable<T>): readonly T[] => {
    const { places } = indexed();
    return [...new Set(found)].toSorted(byNumber((item) => places.get(item) ?? 0));
  };
  return {
    named,
    coveredBy: (patterns) => ordered(patterns.flatMap(coveredBy)),
    covering: (name) => ordered(covering(name)),
    related: (names) => ordered(names.flatMap((name) => [...coveredBy(name), ...covering(name)])),
    ordered,
  };
}
