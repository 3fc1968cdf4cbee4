// The schema of `metadata`, which every kind shares, and how a kind's own schema is put around it.
import type { Schema } from './schema.ts';

export const STRING: Schema = { type: 'string' };
export const INTEGER: Schema = { type: 'integer' };
export const BOOLEAN: Schema = { type: 'boolean' };
export const STRING_MAP: Schema = { type: 'object', additionalProperties: STRING };

/** An object of which the server knows these fields, and only these. */
export function closed(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { type: 'object', properties, ...more };
}

/** An object of which these fields have types of interest; others are kept as they are. */
export function open(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { type: 'object', properties, 'x-kubernetes-preserve-unknown-fields': true, ...more };
}

export function atomicList(items: Schema): Schema {
  return { type: 'array', items };
}

export function setList(items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'set' };
}

/** A list whose items are known by keys. `mergeKey` is that of a strategic merge patch, which knows only one. */
export function mapList(keys: readonly string[], items: Schema, mergeKey = keys[0] ?? ''): Schema {
  return {
    type: 'array',
    items,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    'x-kubernetes-patch-merge-key': mergeKey,
  };
}

const OWNER_REFERENCE = open(
  { apiVersion: STRING, kind: STRING, name: STRING, uid: STRING },
  { 'x-kubernetes-map-type': 'atomic' },
);

const METADATA = closed({
  name: STRING,
  namespace: STRING,
  generateName: STRING,
  uid: STRING,
  resourceVersion: STRING,
  generation: INTEGER,
  creationTimestamp: STRING,
  deletionTimestamp: STRING,
  deletionGracePeriodSeconds: INTEGER,
  labels: STRING_MAP,
  annotations: STRING_MAP,
  finalizers: setList(STRING),
  ownerReferences: mapList(['uid'], OWNER_REFERENCE),
  managedFields: atomicList({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
});

/** The schema of a whole object, from that of its other fields. */
export function objectSchema(schema: Schema): Schema {
  return {
    ...schema,
    type: 'object',
    properties: { ...schema.properties, apiVersion: STRING, kind: STRING, metadata: METADATA },
  };
}
