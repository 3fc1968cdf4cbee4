// A value under its schema, as server-side apply sees it: the paths that it names, how it differs from another value, and
// the value without some of its paths. Source of the rules: sigs.k8s.io/structured-merge-diff, package typed.
import { equal, isList, isObject, type Json } from './json.ts';
import { childOf, EMPTY, isEmpty, treeOf, union, type FieldSet } from './field-set.ts';
import { declaredField, fieldSchema, isAtomic, itemSchema, UNKNOWN, type Schema } from './schema.ts';

/** The difference between two values. No path is in two of the sets. */
export type Comparison = {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
};

const MEMBER: FieldSet = { member: true, children: new Map() };
const SAME: Comparison = { added: EMPTY, modified: EMPTY, removed: EMPTY };

/** The path element of a list's item. Keys that the item omits have their defaults; without any, none are named. */
export function elementOf(item: Json, schema: Schema): string {
  if (schema['x-kubernetes-list-type'] === 'set' || !isObject(item)) return `v:${JSON.stringify(item)}`;
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).toSorted();
  const named = keys.flatMap((name): (readonly [string, Json])[] => {
    const value = item[name] ?? declaredField(itemSchema(schema), name)?.default;
    return value === undefined ? [] : [[name, value]];
  });
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

type Child = { readonly value: Json; readonly schema: Schema; readonly isDeclared: boolean };

/** The fields or items of a value by their path elements; none where the value is owned as a whole. */
function childrenOf(value: Json, schema: Schema): ReadonlyMap<string, Child> {
  if (isAtomic(schema, value)) return new Map();
  if (isList(value))
    return new Map(
      value.map((item) => [
        elementOf(item, schema),
        { value: item, schema: itemSchema(schema), isDeclared: false },
      ]),
    );
  return new Map(
    Object.entries(isObject(value) ? value : {}).map(([key, below]) => {
      const isDeclared = declaredField(schema, key) !== undefined;
      return [`f:${key}`, { value: below, schema: fieldSchema(schema, key) ?? UNKNOWN, isDeclared }];
    }),
  );
}

/** Every leaf and every list item that the value names. */
export function namedFields(value: Json, schema: Schema): FieldSet {
  if (isAtomic(schema, value)) return MEMBER;
  const children = [...childrenOf(value, schema)].map(([element, child]) => {
    const set = namedFields(child.value, child.schema);
    const member = set.member || !child.isDeclared || isEmptyObject(child.value);
    return [element, { ...set, member }] as const;
  });
  return treeOf(false, children);
}

/** Compares two values; `undefined` is absence. */
export function compare(before: Json | undefined, after: Json | undefined, schema: Schema): Comparison {
  if (before === after) return SAME;
  if (before === undefined) return after === undefined ? SAME : { ...SAME, added: wholeOf(after, schema) };
  if (after === undefined) return { ...SAME, removed: wholeOf(before, schema) };
  if (areLeaves(before, after, schema)) return equal(before, after) ? SAME : { ...SAME, modified: MEMBER };
  const [old, now] = [childrenOf(before, schema), childrenOf(after, schema)];
  const compared = [...new Map([...old, ...now])].map(
    ([element, child]) =>
      [element, compare(old.get(element)?.value, now.get(element)?.value, child.schema)] as const,
  );
  const gather = (set: keyof Comparison): FieldSet =>
    treeOf(
      false,
      compared.map(([element, part]) => [element, part[set]]),
    );
  return { added: gather('added'), modified: gather('modified'), removed: gather('removed') };
}

/** Each path of a value, those of its containers included. */
function wholeOf(value: Json, schema: Schema): FieldSet {
  const children = [...childrenOf(value, schema)];
  return treeOf(
    true,
    children.map(([element, child]) => [element, wholeOf(child.value, child.schema)]),
  );
}

/** Whether two values are compared as a whole. Two empty containers are, so that empty and null differ. */
function areLeaves(before: Json, after: Json, schema: Schema): boolean {
  if (isAtomic(schema, before) && isAtomic(schema, after)) return true;
  if (isScalar(before) || isScalar(after)) return true;
  if (before !== null && after !== null && isList(before) !== isList(after)) return true;
  return Object.keys(before ?? {}).length === 0 && Object.keys(after ?? {}).length === 0;
}

function isScalar(value: Json): boolean {
  return value !== null && typeof value !== 'object';
}

function isEmptyObject(value: Json): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

/** The value without the paths of the set; a container of which something was removed stays, if empty. */
export function removeFields(value: Json, paths: FieldSet, schema: Schema): Json {
  if (isEmpty(paths) || isAtomic(schema, value)) return value;
  if (isList(value))
    return value.flatMap((item) => {
      const below = childOf(paths, elementOf(item, schema));
      return below.member ? [] : [removeFields(item, below, itemSchema(schema))];
    });
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]): [string, Json][] => {
      const below = childOf(paths, `f:${key}`);
      return below.member ? [] : [[key, removeFields(child, below, fieldSchema(schema, key) ?? UNKNOWN)]];
    }),
  );
}

/** The set, and with it each declared field above one of its paths: owning `a.b` is owning `a`, where `a` is no map. */
export function withDeclaredFields(set: FieldSet, schema: Schema): FieldSet {
  return treeOf(
    set.member,
    [...set.children].map(([element, child]) => {
      const name = element.startsWith('f:') ? element.slice(2) : undefined;
      const declared = name === undefined ? undefined : declaredField(schema, name);
      const below = name === undefined ? itemSchema(schema) : (fieldSchema(schema, name) ?? UNKNOWN);
      const deeper = withDeclaredFields(child, below);
      return [element, declared === undefined ? deeper : union(deeper, MEMBER)];
    }),
  );
}
