// What server-side apply sees in a value under its schema: the paths it names, how two values differ, and the value
// without some of its paths. Source of the rules: sigs.k8s.io/structured-merge-diff, package typed.
import { equal, isList, isObject, type Json, type JsonObject } from './json.ts';
import {
  childOf,
  EMPTY,
  fieldElement,
  isEmpty,
  keyElement,
  treeOf,
  union,
  valueElement,
  type FieldSet,
} from './field-set.ts';
import { declaredField, fieldSchema, isAtomic, itemSchema, UNKNOWN, type Schema } from './schema.ts';

/** How a value became another. No path is in two of the sets. */
export type Comparison = {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
};

const MEMBER: FieldSet = { member: true, children: new Map() };
const SAME: Comparison = { added: EMPTY, modified: EMPTY, removed: EMPTY };

/** The path element of a list's item. Keys that the item omits have their defaults; without any, none are named. */
export function elementOf(item: Json, schema: Schema): string {
  if (schema['x-kubernetes-list-type'] === 'set' || !isObject(item)) return valueElement(item);
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).toSorted();
  const named = keys.flatMap((name): (readonly [string, Json])[] => {
    const value = item[name] ?? declaredField(itemSchema(schema), name)?.default;
    return value === undefined ? [] : [[name, value]];
  });
  return keyElement(Object.fromEntries(named));
}

/** Every leaf and every list item that the value names. */
export function namedFields(value: Json, schema: Schema): FieldSet {
  if (isAtomic(schema, value)) return MEMBER;
  if (isList(value)) {
    const parts = value.map(
      (item) => [elementOf(item, schema), namedFields(item, itemSchema(schema))] as const,
    );
    return treeOf(
      false,
      parts.map(([element, set]) => [element, { ...set, member: true }]),
    );
  }
  if (!isObject(value)) return MEMBER;
  return treeOf(
    false,
    Object.entries(value).map(([key, below]) => {
      const set = namedFields(below, fieldSchema(schema, key) ?? UNKNOWN);
      const bare = below === null || (isObject(below) && Object.keys(below).length === 0);
      const member = set.member || bare || declaredField(schema, key) === undefined;
      return [fieldElement(key), { ...set, member }];
    }),
  );
}

/** Compares two values; `undefined` is absence. */
export function compare(before: Json | undefined, after: Json | undefined, schema: Schema): Comparison {
  if (before === after) return SAME;
  if (before === undefined) return after === undefined ? SAME : { ...SAME, added: appearing(after, schema) };
  if (after === undefined) return { ...SAME, removed: appearing(before, schema) };
  if (areLeaves(before, after, schema)) return equal(before, after) ? SAME : { ...SAME, modified: MEMBER };
  const parts =
    isList(before) || isList(after) ? items(before, after, schema) : fields(before, after, schema);
  const compared = parts.map(([element, old, now, below]) => [element, compare(old, now, below)] as const);
  const gather = (pick: (part: Comparison) => FieldSet): FieldSet =>
    treeOf(
      false,
      compared.map(([element, part]) => [element, pick(part)]),
    );
  return {
    added: gather((c) => c.added),
    modified: gather((c) => c.modified),
    removed: gather((c) => c.removed),
  };
}

/** A value that appears, or goes, as a whole: each of its paths, those of its containers included. */
function appearing(value: Json, schema: Schema): FieldSet {
  if (isAtomic(schema, value)) return MEMBER;
  if (isList(value))
    return treeOf(
      true,
      value.map((item) => [elementOf(item, schema), appearing(item, itemSchema(schema))]),
    );
  if (!isObject(value)) return MEMBER;
  return treeOf(
    true,
    Object.entries(value).map(([key, below]) => [
      fieldElement(key),
      appearing(below, fieldSchema(schema, key) ?? UNKNOWN),
    ]),
  );
}

/** Two empty containers are a leaf, so that empty and null are told apart. */
function areLeaves(before: Json, after: Json, schema: Schema): boolean {
  if (isAtomic(schema, before) && isAtomic(schema, after)) return true;
  const kinds = new Set([before, after].map(kindOf));
  if (kinds.has('leaf') && !(before === null || after === null)) return true;
  if (kinds.has('list') && kinds.has('map')) return true;
  return size(before) === 0 && size(after) === 0;
}

function kindOf(value: Json): 'list' | 'map' | 'leaf' {
  if (isList(value)) return 'list';
  return isObject(value) ? 'map' : 'leaf';
}

function size(value: Json): number {
  return isList(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;
}

type Part = readonly [element: string, before: Json | undefined, after: Json | undefined, schema: Schema];

function fields(before: Json, after: Json, schema: Schema): readonly Part[] {
  const [old, now] = [before, after].map((value): JsonObject => (isObject(value) ? value : {}));
  const keys = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  return [...keys].map((key) => [
    fieldElement(key),
    old?.[key],
    now?.[key],
    fieldSchema(schema, key) ?? UNKNOWN,
  ]);
}

function items(before: Json, after: Json, schema: Schema): readonly Part[] {
  const [old, now] = [before, after].map(
    (value) => new Map((isList(value) ? value : []).map((item) => [elementOf(item, schema), item])),
  );
  const elements = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...elements].map((element) => [element, old?.get(element), now?.get(element), itemSchema(schema)]);
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
      const below = childOf(paths, fieldElement(key));
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
