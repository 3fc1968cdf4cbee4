// Finds, among many selectors, those that may match the same pod as another one, without comparing it with each.
import { byText } from '../order.ts';
import type { Labels } from '../labels.ts';

type SelectorOverlap<T> = {
  readonly add: (value: T) => void;
  /** The values whose labels do not exclude the given ones (`excludes`), in no particular order. */
  readonly overlapping: (labels: Labels) => readonly T[];
};

/** Values whose selectors have the same keys, and indexes of them by the values of some of these keys. */
type Shape<T> = {
  readonly keys: readonly string[];
  readonly values: T[];
  readonly indexes: Map<string, { readonly keys: readonly string[]; readonly byValues: Map<string, T[]> }>;
};

/** An empty index. Selectors seldom differ in their keys: most have `app`, and some a second one. */
export function selectorOverlap<T>(labelsOf: (value: T) => Labels): SelectorOverlap<T> {
  const shapes = new Map<string, Shape<T>>();

  function indexBy(shape: Shape<T>, keys: readonly string[]) {
    const name = JSON.stringify(keys);
    const known = shape.indexes.get(name);
    if (known !== undefined) return known;
    const byValues = Map.groupBy(shape.values, (value) => valuesOf(labelsOf(value), keys));
    const index = { keys, byValues };
    shape.indexes.set(name, index);
    return index;
  }

  return {
    add: (value) => {
      const labels = labelsOf(value);
      const keys = Object.keys(labels).toSorted(byText);
      const name = JSON.stringify(keys);
      const shape: Shape<T> = shapes.get(name) ?? { keys, values: [], indexes: new Map() };
      shapes.set(name, shape);
      shape.values.push(value);
      for (const index of shape.indexes.values()) {
        const values = valuesOf(labels, index.keys);
        const alike = index.byValues.get(values);
        if (alike === undefined) index.byValues.set(values, [value]);
        else alike.push(value);
      }
    },
    overlapping: (labels) =>
      [...shapes.values()].flatMap((shape) => {
        const common = shape.keys.filter((key) => Object.hasOwn(labels, key));
        if (common.length === 0) return shape.values;
        return indexBy(shape, common).byValues.get(valuesOf(labels, common)) ?? [];
      }),
  };
}

const valuesOf = (labels: Labels, keys: readonly string[]): string =>
  JSON.stringify(keys.map((key) => labels[key]));
