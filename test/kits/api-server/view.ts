// The form of objects in an answer: whole or only their metadata, alone or as items of a list.
import { notServed, type Failure } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { apiVersionOf, type Resource } from './resource.ts';

export type View = 'whole' | 'metadata';

const METADATA_VERSION = 'meta.k8s.io/v1';

/** The view that the header asks for, by its first clause of JSON. */
export function viewOf(accept: string, shape: 'object' | 'list'): View | Failure {
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*', ''].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'whole';
    const wanted = shape === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
    return as === wanted ? 'metadata' : notServed(`${shape} as ${as}`);
  }
  return notServed(`${shape} as ${accept}`);
}

export function shown(object: KubeObject, view: View): JsonObject {
  const { kind, apiVersion, ...rest } = object;
  if (view === 'whole') return { kind, apiVersion, ...rest };
  return { kind: 'PartialObjectMetadata', apiVersion: METADATA_VERSION, metadata: object.metadata };
}

export type Page = {
  readonly version: string;
  readonly objects: readonly KubeObject[];
  readonly token: string;
};

export function listOf({ version, objects, token }: Page, resource: Resource, view: View): JsonObject {
  const metadata = { resourceVersion: version, ...(token === '' ? {} : { continue: token }) };
  if (view === 'metadata') {
    // The real server encodes the list that it never began.
    const items = objects.length === 0 ? null : objects.map((object) => shown(object, view));
    return { kind: 'PartialObjectMetadataList', apiVersion: METADATA_VERSION, metadata, items };
  }
  const items = resource.custom ? objects : objects.map(({ kind: _kind, apiVersion: _api, ...rest }) => rest);
  return { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items };
}

/** A bookmark: an object with nothing but a version. */
export function bookmarkOf(resource: Resource, view: View, version: number): JsonObject {
  const metadata = { resourceVersion: String(version) };
  return view === 'whole'
    ? { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }
    : { kind: 'PartialObjectMetadata', apiVersion: METADATA_VERSION, metadata };
}
