// Answers a request: finds its target, does the work, and encodes the result. Knows no sockets.
import {
  badRequest,
  cause,
  failure,
  invalid,
  isFailure,
  notFound,
  notServed,
  statusBody,
} from './failure.ts';
import type { Failure } from './failure.ts';
import type { Json, JsonObject } from './json.ts';
import { list } from './list.ts';
import type { Api, Written } from './persist.ts';
import { targetOf, unsupportedQuery, type ObjectTarget, type Request, type Target } from './request.ts';
import { listOf, shown, viewOf } from './view.ts';
import { openWatch, readFlag, type Stream } from './watch.ts';
import { applyTo, create, patch, remove, replace } from './write.ts';

export type Answer = { readonly code: number; readonly body: JsonObject };

const APPLY = 'application/apply-patch+yaml';
const JSON_TYPES = ['', 'application/json'];
const TYPES: Readonly<Record<string, readonly string[]>> = {
  POST: JSON_TYPES,
  PUT: JSON_TYPES,
  PATCH: ['application/merge-patch+json', APPLY],
  DELETE: JSON_TYPES,
};

/** A request that makes the server throw is answered with 500. */
export function handle(api: Api, request: Request, bookmarkMs: number): Answer | Stream {
  try {
    const target = unsupportedQuery(request) ?? targetOf(request.path, api.registry);
    const result = isFailure(target) ? target : respond(api, target, request, bookmarkMs);
    return isFailure(result) ? { code: result.code, body: statusBody(result) } : result;
  } catch (error) {
    const message = `a bug of the in-process server: ${error instanceof Error ? error.stack : String(error)}`;
    return { code: 500, body: statusBody(failure(500, message, 'InternalError')) };
  }
}

function respond(api: Api, target: Target, request: Request, bookmarkMs: number): Answer | Stream | Failure {
  const { method, contentType, query } = request;
  const { name, namespace, resource } = target;
  if (method === 'GET' && readFlag(query, 'watch'))
    return name === undefined
      ? openWatch(api, target, request, bookmarkMs)
      : notServed('a watch of one object');
  const view = viewOf(request.accept, name === undefined && method === 'GET' ? 'list' : 'object');
  if (isFailure(view)) return view;
  if (method === 'GET' && name === undefined) {
    const page = list(api, target, request);
    return isFailure(page) ? page : { code: 200, body: listOf(page, resource, view) };
  }
  if (method !== 'GET' && TYPES[method]?.includes(contentType) !== true)
    return notServed(`${method} with the content type ${contentType}`);
  const body = request.body === '' ? null : parsed(request.body);
  if (isFailure(body)) return body;
  const isCreate = method === 'POST' && (namespace !== undefined || !resource.namespaced);
  if (name === undefined && !isCreate) return notServed(`${method} of a collection`);
  const result =
    name === undefined
      ? create(api, target, body, managerOf(request))
      : onObject(api, { ...target, name }, request, body);
  return isFailure(result) ? result : { code: result.code, body: shown(result.object, view) };
}

function onObject(api: Api, target: ObjectTarget, request: Request, body: Json): Written | Failure {
  const { method, contentType, query } = request;
  const manager = managerOf(request);
  switch (method) {
    case 'GET': {
      const object = api.store.get(target, target.name);
      return object === undefined ? notFound(target.resource, target.name) : { code: 200, object };
    }
    case 'PUT':
      return replace(api, target, body, manager);
    case 'PATCH':
      if (contentType !== APPLY) return patch(api, target, body, manager);
      if (query.has('fieldManager'))
        return applyTo(api, target, body, { manager, force: query.get('force') === 'true' });
      return invalid('PatchOptions', 'meta.k8s.io', '', [
        cause('Required', 'fieldManager', 'Required value: is required for apply patch'),
      ]);
    case 'DELETE':
      return target.isStatus ? notServed('DELETE of a status') : remove(api, target, body);
    default:
      return notServed(`${method} of an object`);
  }
}

/** The writer of the request, as `managedFields` names it. */
function managerOf({ query, userAgent }: Request): string {
  return (query.get('fieldManager') ?? '') || (userAgent.split('/')[0] ?? '') || 'unknown';
}

function parsed(text: string): Json | Failure {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    return badRequest(`the body is not JSON: ${String(error)}`);
  }
}
