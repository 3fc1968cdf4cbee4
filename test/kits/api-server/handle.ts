// Answers a request: finds its route, does the work, and puts the result into words. Knows no sockets.
import { find, type Api, type Target, type Written } from './api.ts';
import { create } from './create.ts';
import { discover } from './discovery.ts';
import {
  failure,
  isFailure,
  METHOD_NOT_ALLOWED,
  notFound,
  statusBody,
  unsupportedMediaType,
  type Failure,
} from './failure.ts';
import type { JsonObject } from './json.ts';
import { list, type Collection } from './list.ts';
import { readDeleteOptions, remove, type Removed } from './remove.ts';
import { applyOptions, objectBody, parsedJson, parsedYaml, writeOptions, type Request } from './request.ts';
import type { Resource } from './resource.ts';
import { routeOf, type Route } from './route.ts';
import { unreachable } from './unreachable.ts';
import { applyTo, patch, replace, type PatchType } from './update.ts';
import { listText, negotiate, objectText } from './view.ts';
import { openWatch, readFlag, type Watcher } from './watch.ts';

export type Answer =
  | { readonly kind: 'text'; readonly code: number; readonly type: string; readonly text: string }
  | { readonly kind: 'watch'; readonly watcher: Watcher };

export type Context = { readonly api: Api; readonly bookmarkIntervalMs: number };

const PATCHES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};
const APPLY = 'application/apply-patch+yaml';

export function handle(context: Context, request: Request): Answer {
  const route = routeOf(request.path, context.api.registry);
  const result = isFailure(route) ? route : respond(context, route, request);
  return isFailure(result) ? json(result.code, JSON.stringify(statusBody(result))) : result;
}

/** The answer to a request that made the server throw: it is a fault of the server's own. */
export function crashed(error: unknown): Answer {
  const message = `this server is at fault: ${error instanceof Error ? error.stack : String(error)}`;
  return json(500, JSON.stringify(statusBody(failure(500, message, { reason: 'InternalError' }))));
}

function respond(context: Context, route: Route, request: Request): Answer | Failure {
  switch (route.kind) {
    case 'discovery':
      return told(discover(route.path, context.api.registry));
    case 'collection':
      return onCollection(context, route, request);
    case 'object':
      return onObject(context.api, route, request);
    default:
      return unreachable(route);
  }
}

function json(code: number, text: string): Answer {
  return { kind: 'text', code, type: 'application/json', text };
}

function told(answer: JsonObject | string | undefined): Answer {
  if (answer === undefined)
    return { kind: 'text', code: 404, type: 'text/plain; charset=utf-8', text: '404 page not found\n' };
  if (typeof answer !== 'string') return json(200, JSON.stringify(answer));
  return { kind: 'text', code: 200, type: 'text/plain; charset=utf-8', text: answer };
}

function onCollection(context: Context, collection: Collection, request: Request): Answer | Failure {
  const { api } = context;
  const { resource, namespace } = collection;
  if (request.method === 'GET')
    return readFlag(request.query, 'watch')
      ? watched(context, collection, request)
      : listed(api, collection, request);
  if (resource.namespaced && namespace === undefined) return METHOD_NOT_ALLOWED;
  switch (request.method) {
    case 'POST':
      return posted(api, collection, request);
    case 'DELETE':
      return cleared(api, collection, request);
    default:
      return METHOD_NOT_ALLOWED;
  }
}

function posted(api: Api, { resource, namespace }: Collection, request: Request): Answer | Failure {
  const options = writeOptions(request, 'CreateOptions');
  if (isFailure(options)) return options;
  const body = objectBody(request);
  if (isFailure(body)) return body;
  return written(create(api, resource, namespace, body, options), resource, request);
}

function listed(api: Api, collection: Collection, request: Request): Answer | Failure {
  const view = negotiate(request.accept, 'list');
  if (isFailure(view)) return view;
  const page = list(api, collection, request.query);
  return isFailure(page) ? page : json(200, listText(page, collection.resource, view));
}

function watched(
  { api, bookmarkIntervalMs }: Context,
  collection: Collection,
  request: Request,
): Answer | Failure {
  const view = negotiate(request.accept, 'watch');
  if (isFailure(view)) return view;
  const watcher = openWatch(api, collection, request.query, { view, bookmarkIntervalMs });
  return isFailure(watcher) ? watcher : { kind: 'watch', watcher };
}

/** Deletes what a list would show, and answers with that list. */
function cleared(api: Api, { resource, namespace }: Collection, request: Request): Answer | Failure {
  const options = deleteOptions(request);
  const page = list(api, { resource, namespace }, request.query);
  if (isFailure(options) || isFailure(page)) return isFailure(page) ? page : (options as Failure);
  for (const { object } of page.revisions)
    remove(api, { resource, namespace, name: object.metadata.name, status: false }, options);
  return json(200, listText(page, resource, 'whole'));
}

function onObject(api: Api, target: Target, request: Request): Answer | Failure {
  const { resource, name } = target;
  switch (request.method) {
    case 'GET': {
      const revision = find(api, target);
      if (revision === undefined) return notFound(resource, name);
      return written({ code: 200, object: revision.object, revision }, resource, request);
    }
    case 'PUT': {
      const options = writeOptions(request, 'UpdateOptions');
      if (isFailure(options)) return options;
      const body = objectBody(request);
      return written(isFailure(body) ? body : replace(api, target, body, options), resource, request);
    }
    case 'PATCH':
      return written(onPatch(api, target, request), resource, request);
    case 'DELETE': {
      if (target.status) return METHOD_NOT_ALLOWED;
      const options = deleteOptions(request);
      return isFailure(options) ? options : removed(remove(api, target, options), resource, request);
    }
    default:
      return METHOD_NOT_ALLOWED;
  }
}

function onPatch(api: Api, target: Target, request: Request): Written | Failure {
  const type = PATCHES[request.contentType];
  if (request.contentType === APPLY) {
    const options = applyOptions(request);
    if (isFailure(options)) return options;
    const body = parsedYaml(request.body);
    return isFailure(body) ? body : applyTo(api, target, body, options);
  }
  const accepted = Object.keys(PATCHES).filter(
    (each) => !(target.resource.custom && PATCHES[each] === 'strategic'),
  );
  if (type === undefined || !accepted.includes(request.contentType))
    return unsupportedMediaType([...accepted, APPLY]);
  const options = writeOptions(request, 'PatchOptions');
  if (isFailure(options)) return options;
  const body = parsedJson(request.body, 'error decoding patch');
  return isFailure(body) ? body : patch(api, target, type, body, options);
}

function deleteOptions(request: Request) {
  const body = request.body === '' ? undefined : parsedJson(request.body, 'error decoding options');
  return isFailure(body) ? body : readDeleteOptions(body, request.query);
}

function written(result: Written | Failure, resource: Resource, request: Request): Answer | Failure {
  if (isFailure(result)) return result;
  const view = negotiate(request.accept, 'object');
  return isFailure(view) ? view : json(result.code, objectText(result, resource, view));
}

function removed(result: Removed | Failure, resource: Resource, request: Request): Answer | Failure {
  if (isFailure(result)) return result;
  return 'status' in result
    ? json(result.code, JSON.stringify(result.status))
    : written(result, resource, request);
}
