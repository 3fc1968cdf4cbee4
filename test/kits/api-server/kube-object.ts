// Kubernetes objects as the server stores them, and the check that makes one out of a request's body.
import { badRequest, type Failure } from './failure.ts';
import { isList, isObject, type Json, type JsonObject } from './json.ts';
import { unreachable } from './unreachable.ts';

/** A reference as the client sends it; the rules of metadata demand every field. */
export type OwnerReference = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
};

export type Metadata = {
  /** '' where the client leaves it to the path, or to the server. */
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
};

export type ManagedFieldsEntry = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: JsonObject;
  readonly subresource?: string;
};

export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [other: string]: Json;
};

type Shape = 'string' | 'number' | 'strings' | 'string map' | 'objects';

const SHAPES: Readonly<Record<string, Shape>> = {
  name: 'string',
  namespace: 'string',
  generateName: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'number',
  creationTimestamp: 'string',
  deletionTimestamp: 'string',
  deletionGracePeriodSeconds: 'number',
  labels: 'string map',
  annotations: 'string map',
  finalizers: 'strings',
  ownerReferences: 'objects',
  managedFields: 'objects',
};

/**
 * The body as an object of the kind, with metadata of the right types; unknown metadata and nulls are dropped.
 * Fails with 400, as the real server does when it cannot unmarshal.
 */
export function decodeObject(body: JsonObject, kind: string, version: string): KubeObject | Failure {
  const metadata = body['metadata'] ?? {};
  const refuse = (field: string, got: Json): Failure =>
    badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${goName(got)} into Go struct field ${field}`,
    );
  if (!isObject(metadata)) return refuse(`${kind}.metadata of type v1.ObjectMeta`, metadata);
  const kept: [string, Json][] = [['name', '']];
  for (const [key, value] of Object.entries(metadata)) {
    const shape = SHAPES[key];
    if (shape === undefined || value === null) continue;
    if (!hasShape(value, shape)) return refuse(`ObjectMeta.${key} of type ${shape}`, value);
    kept.push([key, value]);
  }
  // The border: from here on the metadata is known to have these types.
  return { ...body, metadata: Object.fromEntries(kept) } as unknown as KubeObject;
}

/** The object with some metadata replaced; a value of `undefined` removes the field. */
export function withMetadata(
  object: KubeObject,
  changes: { readonly [K in keyof Metadata]?: Metadata[K] | undefined },
): KubeObject {
  const metadata = { ...object.metadata, ...changes };
  const kept = Object.values(changes).includes(undefined)
    ? Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
    : metadata;
  return { ...object, metadata: kept as Metadata };
}

/** The object without metadata that is empty: the server knows no difference between none and absent there. */
export function withoutEmptyMetadata(object: KubeObject): KubeObject {
  const { labels, annotations, finalizers, ownerReferences } = object.metadata;
  const empty = Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined && Object.keys(value).length === 0,
  );
  return empty.length === 0
    ? object
    : withMetadata(object, Object.fromEntries(empty.map(([key]) => [key, undefined])));
}

/** The key of an object within its table; sorts as the real server's storage does. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function hasShape(value: Json, shape: Shape): boolean {
  switch (shape) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'strings':
      return isList(value) && value.every((item) => typeof item === 'string');
    case 'string map':
      return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
    case 'objects':
      return isList(value) && value.every(isObject);
    default:
      return unreachable(shape);
  }
}

function goName(value: Json): string {
  if (isList(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
