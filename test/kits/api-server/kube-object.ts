// Kubernetes objects as the server stores them.
import type { Json, JsonObject } from './json.ts';

/** A reference as the client sends it; the rules of metadata require every field. */
export type OwnerReference = Readonly<Partial<Record<'apiVersion' | 'kind' | 'name' | 'uid', string>>>;

export type Metadata = {
  /** '' where the request leaves it out. */
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
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

/** The object with some metadata replaced; a value of `undefined` removes the field. */
export function withMetadata(
  object: KubeObject,
  changes: { readonly [K in keyof Metadata]?: Metadata[K] | undefined },
): KubeObject {
  const entries = Object.entries({ ...object.metadata, ...changes });
  const metadata = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return { ...object, metadata: metadata as Metadata };
}

/** The object without empty metadata: to the server, an empty map or list is the same as none. */
export function withoutEmptyMetadata(object: KubeObject): KubeObject {
  const { labels, annotations, finalizers, ownerReferences } = object.metadata;
  const empty = Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined && Object.keys(value).length === 0,
  );
  return withMetadata(object, Object.fromEntries(empty.map(([key]) => [key, undefined])));
}

/** Pruning, defaulting and merging by the schema of a kind keep an object an object. */
export function asObject(value: Json): KubeObject {
  return value as KubeObject;
}

/** The current time as the API writes it: in whole seconds. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
