// How objects look on the wire: whole or only their metadata, alone or as an item of a list, as `Accept` asks for it.
import { shown } from './api.ts';
import { failure, notAcceptable, type Failure } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import type { Revision } from './store.ts';
import { unreachable } from './unreachable.ts';

/** `broken`: what a watch gives to those who ask it for a list. It ends at its first event, without a word. */
export type View = 'whole' | 'metadata' | 'broken';

export type Shape = 'object' | 'list' | 'watch';

const METADATA_VERSION = 'meta.k8s.io/v1';

/** The view that the header asks for, by its first clause that can be served; 406 where there is none. */
export function negotiate(accept: string | undefined, shape: Shape): View | Failure {
  for (const clause of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*', ''].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'whole';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return metadataView(as, shape);
  }
  return notAcceptable('only the following media types are accepted: application/json');
}

function metadataView(as: string, shape: Shape): View | Failure {
  const asList = as === 'PartialObjectMetadataList';
  switch (shape) {
    case 'object':
      return asList ? failure(500, 'content is not a list') : 'metadata';
    case 'list':
      return asList ? 'metadata' : notAcceptable(`you requested ${as}, but the requested object is a list`);
    case 'watch':
      return asList ? 'broken' : 'metadata';
    default:
      return unreachable(shape);
  }
}

/** The JSON of an object. The text of a revision is used again for every reader and version. */
export function objectText(
  { object, revision }: { readonly object: KubeObject; readonly revision?: Revision },
  resource: Resource,
  view: View,
): string {
  if (view !== 'whole') return metadataText(object);
  if (revision === undefined || resource.behaviour.wire !== undefined)
    return JSON.stringify(shown(object, resource));
  const { kind } = resource;
  return `{"kind":"${kind}","apiVersion":"${apiVersionOf(resource)}",${revision.text.slice(1)}`;
}

export type Page = {
  readonly version: number;
  readonly revisions: readonly Revision[];
  readonly token?: string;
  /** How many objects follow; unknown where a selector stands in between. */
  readonly remaining?: number;
};

export function listText(page: Page, resource: Resource, view: View): string {
  const metadata: JsonObject = {
    resourceVersion: String(page.version),
    ...(page.token === undefined ? {} : { continue: page.token }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  const [kind, apiVersion] =
    view === 'whole'
      ? [resource.listKind, apiVersionOf(resource)]
      : ['PartialObjectMetadataList', METADATA_VERSION];
  const items = page.revisions.map((revision) => itemText(revision, resource, view));
  const head = JSON.stringify({ kind, apiVersion, metadata });
  return `${head.slice(0, -1)},"items":[${items.join(',')}]}`;
}

/** Items of a list of a built-in kind do not say their kind; those of custom ones do. */
function itemText(revision: Revision, resource: Resource, view: View): string {
  const plain = view === 'whole' && !resource.custom && resource.behaviour.wire === undefined;
  return plain ? revision.text : objectText({ object: revision.object, revision }, resource, view);
}

function metadataText({ metadata }: KubeObject): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"${METADATA_VERSION}","metadata":${JSON.stringify(metadata)}}`;
}

/** A bookmark: an object that has nothing but a version. */
export function bookmarkText(resource: Resource, view: View, version: number, endsInitial: boolean): string {
  const annotations = endsInitial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return JSON.stringify({
    kind: view === 'whole' ? resource.kind : 'PartialObjectMetadata',
    apiVersion: view === 'whole' ? apiVersionOf(resource) : METADATA_VERSION,
    metadata: { ...annotations, resourceVersion: String(version) },
  });
}
