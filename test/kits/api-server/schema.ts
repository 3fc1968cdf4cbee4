// The structural schemas of kinds, and what they do to an object on its way in: unknown fields are pruned, nulls
// that the schema does not allow dropped, and defaults filled in. Source: Kubernetes, CustomResourceDefinitions.
import { isList, isObject, type Json, type JsonObject } from './json.ts';

/** The part of OpenAPI v3 that CustomResourceDefinitions may use, and the markers of server-side apply. */
export type Schema = {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  /** The key by which a strategic merge patch joins this list's items; only built-in kinds have one. */
  readonly 'x-kubernetes-patch-merge-key'?: string;
};

const ATOMIC_LIST: Schema = { type: 'array' };

/** What lies below a field whose schema says nothing: maps field by field, lists as one, anything as a scalar. */
export const UNKNOWN: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** The schema of an object's field; `undefined` where the schema does not know it. */
export function fieldSchema(schema: Schema, key: string): Schema | undefined {
  const declared = declaredField(schema, key);
  if (declared !== undefined) return declared;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  return preservesUnknown(schema) || schema.additionalProperties === true ? UNKNOWN : undefined;
}

/** The schema of a field that is declared by its name, as those of a struct are. */
export function declaredField(schema: Schema, key: string): Schema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

export function itemSchema(schema: Schema): Schema {
  return schema.items ?? UNKNOWN;
}

export function preservesUnknown(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

/** Whether server-side apply owns the value as a whole. */
export function isAtomic(schema: Schema, value: Json): boolean {
  if (isList(value)) {
    const type = (schema.type === 'array' ? schema : ATOMIC_LIST)['x-kubernetes-list-type'];
    return type === undefined || type === 'atomic';
  }
  return !isObject(value) || schema['x-kubernetes-map-type'] === 'atomic';
}

/**
 * The value as it is stored: without what the schema does not know, without nulls it does not allow, and with its
 * defaults. Parts that do not change are kept as they are.
 */
export function admit(value: Json, schema: Schema): Json {
  if (isList(value)) {
    const item = itemSchema(schema);
    return item === UNKNOWN ? value : mapped(value, (each) => admit(each, item));
  }
  return isObject(value) ? admitObject(value, schema) : value;
}

function admitObject(object: JsonObject, schema: Schema): JsonObject {
  if (schema === UNKNOWN) return object;
  const entries: [string, Json][] = [];
  let changed = false;
  for (const [key, value] of Object.entries(object)) {
    const field = fieldSchema(schema, key);
    if (field === undefined || (value === null && field.nullable !== true && field !== UNKNOWN)) {
      changed = true;
      continue;
    }
    const admitted = admit(value, field);
    changed ||= admitted !== value;
    entries.push([key, admitted]);
  }
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (field.default === undefined || entries.some(([name]) => name === key)) continue;
    entries.push([key, admit(field.default, field)]);
    changed = true;
  }
  return changed ? Object.fromEntries(entries) : object;
}

function mapped(list: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  const next = list.map(change);
  return next.some((item, index) => item !== list[index]) ? next : list;
}
