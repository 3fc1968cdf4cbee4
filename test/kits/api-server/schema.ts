// The structural schemas of kinds, and how an object is stored under them: unknown fields are pruned, nulls dropped and
// defaults added. Source: Kubernetes, CustomResourceDefinitions.
import { isList, isObject, type Json } from './json.ts';

type Bound = 'minimum' | 'maximum' | 'minLength' | 'maxLength' | 'minItems' | 'maxItems' | 'maxProperties';

/** The part of OpenAPI v3 that is served here, and the markers of server-side apply. */
export type Schema = Readonly<Partial<Record<Bound, number>>> & {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly default?: Json;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
};

/** The schema of a field without one: maps are granular, lists are atomic. */
export const UNKNOWN: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** The schema of an object's field; `undefined` where the schema does not know it. */
export function fieldSchema(schema: Schema, key: string): Schema | undefined {
  const declared = declaredField(schema, key);
  if (declared !== undefined) return declared;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return isOpen || schema.additionalProperties === true ? UNKNOWN : undefined;
}

/** The schema of a field that is declared by its name. */
export function declaredField(schema: Schema, key: string): Schema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

export function itemSchema(schema: Schema): Schema {
  return schema.items ?? UNKNOWN;
}

/** Whether server-side apply owns the value as a whole. */
export function isAtomic(schema: Schema, value: Json): boolean {
  if (isList(value)) {
    const type = schema['x-kubernetes-list-type'];
    return type === undefined || type === 'atomic';
  }
  return !isObject(value) || schema['x-kubernetes-map-type'] === 'atomic';
}

/** The value as it is stored: without unknown fields and nulls, and with its defaults. */
export function admit(value: Json, schema: Schema): Json {
  if (schema === UNKNOWN) return value;
  if (isList(value)) return value.map((item) => admit(item, itemSchema(schema)));
  if (!isObject(value)) return value;
  const admitted: Record<string, Json> = {};
  for (const [key, below] of Object.entries(value)) {
    const field = fieldSchema(schema, key);
    if (field !== undefined && (below !== null || field === UNKNOWN)) admitted[key] = admit(below, field);
  }
  for (const [key, field] of Object.entries(schema.properties ?? {}))
    if (field.default !== undefined) admitted[key] ??= admit(field.default, field);
  return admitted;
}
