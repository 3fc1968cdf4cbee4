// Merges an applied value into the live one, by the list and map types of the schema.
// Source of the rules: Kubernetes, Server-Side Apply, "Merge strategy"; structured-merge-diff.
import { isList, isObject, type Json } from './json.ts';
import { fieldSchema, isAtomic, itemSchema, UNKNOWN, type Schema } from './schema.ts';
import { shownElement } from './field-set.ts';
import { elementOf } from './typed-value.ts';

/** The live value with the applied one merged into it. Nothing is removed. */
export function merge(live: Json | undefined, applied: Json, schema: Schema): Json {
  if (live === undefined || isAtomic(schema, applied)) return applied;
  if (isList(applied)) return isList(live) ? mergeList(live, applied, schema) : applied;
  if (!isObject(applied) || !isObject(live)) return applied;
  const merged: Record<string, Json> = { ...live };
  for (const [key, value] of Object.entries(applied))
    merged[key] = merge(live[key], value, fieldSchema(schema, key) ?? UNKNOWN);
  return merged;
}

/**
 * Merges two lists by the keys of their items. Items of both are in the applied order; items of the live list alone
 * keep their place before those that follow them.
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
      l += 1; // the applied list decides its place
    } else if (theirs !== undefined) {
      take(theirs);
      a += 1;
    }
  }
  return merged;
}

/** The reasons why the value cannot be applied: unknown fields, and items with the same key. */
export function untyped(value: Json, schema: Schema, path = ''): readonly string[] {
  if (isList(value)) {
    const keys = isAtomic(schema, value) ? [] : value.map((item) => elementOf(item, schema));
    const repeated = keys.filter((key, index) => keys.indexOf(key) !== index);
    return [
      ...repeated.map((key) => `${path}: duplicate entries for key ${shownElement(key)}`),
      ...value.flatMap((item, index) => untyped(item, itemSchema(schema), `${path}[${index}]`)),
    ];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const field = fieldSchema(schema, key);
    const at = `${path}.${key}`;
    return field === undefined ? [`${at}: field not declared in schema`] : untyped(below, field, at);
  });
}
