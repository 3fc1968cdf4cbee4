// Merges what a client applies into the live value, by the schema's list and map types, and refuses what the schema
// does not know. Source of the rules: Kubernetes, Server-Side Apply, "Merge strategy"; structured-merge-diff.
import { isList, isObject, type Json } from './json.ts';
import { fieldSchema, isAtomic, itemSchema, UNKNOWN, type Schema } from './schema.ts';
import { elementOf } from './typed-value.ts';

/** The live value with the applied one laid over it. Nothing is removed. */
export function merge(live: Json | undefined, applied: Json, schema: Schema): Json {
  if (live === undefined || isAtomic(schema, applied)) return applied;
  if (isList(applied))
    return isList(live) && applied.length > 0
      ? mergeList(live, applied, schema)
      : isList(live)
        ? live
        : applied;
  if (!isObject(applied) || !isObject(live)) return applied;
  const merged: Record<string, Json> = { ...live };
  for (const [key, value] of Object.entries(applied))
    merged[key] = merge(live[key], value, fieldSchema(schema, key) ?? UNKNOWN);
  return merged;
}

/**
 * Joins two lists by their items' keys. Items of both stand in the applied order; items of the live list alone keep
 * their place among those that follow them.
 */
function mergeList(live: readonly Json[], applied: readonly Json[], schema: Schema): readonly Json[] {
  const liveKeys = live.map((item) => elementOf(item, schema));
  const appliedKeys = applied.map((item) => elementOf(item, schema));
  const liveItems = new Map(liveKeys.map((key, index) => [key, live[index]]));
  const appliedItems = new Map(appliedKeys.map((key, index) => [key, applied[index]]));
  const shared = appliedKeys.filter((key) => liveItems.has(key));
  const merged: Json[] = [];
  const done = new Set<string>();
  const take = (key: string): void => {
    const item = appliedItems.get(key);
    const kept = liveItems.get(key);
    merged.push(item === undefined ? (kept ?? null) : merge(kept, item, itemSchema(schema)));
    done.add(key);
    if (shared[0] === key) shared.shift();
  };
  let [l, a] = [0, 0];
  while (l < liveKeys.length || a < appliedKeys.length) {
    const [mine, theirs] = [liveKeys[l], appliedKeys[a]];
    if (mine !== undefined && mine === theirs) {
      take(mine);
      l += 1;
      a += 1;
    } else if (mine !== undefined && !appliedItems.has(mine)) {
      take(mine);
      l += 1;
    } else if (mine !== undefined && (done.has(mine) || (theirs !== undefined && shared[0] !== mine))) {
      l += 1; // it stands, or will stand, where the applied list wants it
    } else if (theirs !== undefined) {
      take(theirs);
      a += 1;
    }
  }
  return merged;
}

/**
 * Why the value cannot be applied under the schema, one sentence each: unknown fields, wrong types, items with the
 * same key. Paths read like `.spec.ports`.
 */
export function untyped(value: Json, schema: Schema, path = ''): readonly string[] {
  const wrong = wrongType(value, schema);
  if (wrong !== undefined) return [`${path}: ${wrong}`];
  if (isList(value)) return untypedList(value, schema, path);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const field = fieldSchema(schema, key);
    return field === undefined
      ? [`${path}.${key}: field not declared in schema`]
      : untyped(below, field, `${path}.${key}`);
  });
}

function untypedList(list: readonly Json[], schema: Schema, path: string): readonly string[] {
  const seen = new Set<string>();
  const repeated = list.flatMap((item) => {
    if (isAtomic(schema, list)) return [];
    const key = elementOf(item, schema);
    const again = seen.has(key);
    seen.add(key);
    return again ? [`${path}: duplicate entries for key ${shownKey(key)}`] : [];
  });
  return [
    ...repeated,
    ...list.flatMap((item, index) => untyped(item, itemSchema(schema), `${path}[${index}]`)),
  ];
}

function shownKey(element: string): string {
  const parsed = JSON.parse(element.slice(2)) as Json;
  if (!element.startsWith('k:') || !isObject(parsed)) return `[=${element.slice(2)}]`;
  return `[${Object.entries(parsed)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}]`;
}

function wrongType(value: Json, schema: Schema): string | undefined {
  if (value === null || schema['x-kubernetes-int-or-string'] === true) return undefined;
  switch (schema.type) {
    case 'object':
      return isObject(value) ? undefined : `expected map, got ${typeof value}`;
    case 'array':
      return isList(value) ? undefined : `expected list, got ${typeof value}`;
    case 'integer':
    case 'number':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${typeof value}`;
    case 'string':
    case 'boolean':
      return typeof value === schema.type ? undefined : `expected ${schema.type}, got ${typeof value}`;
    default:
      return undefined;
  }
}
