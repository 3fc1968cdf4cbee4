// Reads the path of a request: which resource, and which object or collection of it.
import { PATH_NOT_FOUND, type Failure } from './failure.ts';
import type { Registry, Resource } from './resource.ts';

export type Route =
  | { readonly kind: 'collection'; readonly resource: Resource; readonly namespace: string | undefined }
  | {
      readonly kind: 'object';
      readonly resource: Resource;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly status: boolean;
    }
  /** A path that names a group, a version, or nothing of the API. */
  | { readonly kind: 'discovery'; readonly path: string };

/** The route of a path; 404 where the resource, or its endpoint, is not served. */
export function routeOf(path: string, registry: Registry): Route | Failure {
  const [root, ...segments] = path
    .split('/')
    .filter((each) => each !== '')
    .map((each) => (each.includes('%') ? decodeURIComponent(each) : each));
  const [group, version, ...rest] = root === 'api' ? ['', ...segments] : segments;
  if (
    (root !== 'api' && root !== 'apis') ||
    group === undefined ||
    version === undefined ||
    rest.length === 0
  )
    return { kind: 'discovery', path };
  const { namespace, parts } = scoped(rest);
  const [plural = '', name, subresource, ...beyond] = parts;
  const resource = registry.find(group, version, plural);
  if (resource === undefined && group !== '') return { kind: 'discovery', path };
  if (resource === undefined || beyond.length > 0) return PATH_NOT_FOUND;
  if (namespace !== undefined && !resource.namespaced) return PATH_NOT_FOUND;
  if (name === undefined) return { kind: 'collection', resource, namespace };
  const status = subresource === 'status';
  if (
    (subresource !== undefined && !(status && resource.hasStatus)) ||
    (resource.namespaced && namespace === undefined)
  )
    return PATH_NOT_FOUND;
  return { kind: 'object', resource, namespace, name, status };
}

/** `namespaces/N/...` is a place, but `namespaces`, `namespaces/N` and `namespaces/N/status` are about namespaces. */
function scoped(segments: readonly string[]): {
  readonly namespace: string | undefined;
  readonly parts: readonly string[];
} {
  const [first, namespace, third, ...rest] = segments;
  const about = third === undefined || (rest.length === 0 && ['status', 'finalize'].includes(third));
  return first !== 'namespaces' || about
    ? { namespace: undefined, parts: segments }
    : { namespace, parts: [third, ...rest] };
}
