// A request, and the parts of it that are checked before anything is done: path, query, content type and body.
import { badRequest, failure, invalid, isFailure, notServed, type Failure } from './failure.ts';
import { isObject, textOf, type Json, type JsonObject } from './json.ts';
import { asObject, withMetadata, type KubeObject } from './kube-object.ts';
import { apiVersionOf, type Registry, type Resource } from './resource.ts';
import { admit } from './schema.ts';
import { invalidValue, violations } from './validate.ts';

export type Request = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly accept: string;
  /** The media type without its parameters; '' where the client sends none. */
  readonly contentType: string;
  readonly body: string;
};

/** What a path names: a collection, an object, or the status of an object. */
export type Target = {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** Absent for a collection. */
  readonly name?: string;
  readonly isStatus: boolean;
};

export type ObjectTarget = Target & { readonly name: string };

/** The target of a path; 404 for a custom kind that is not installed, 501 for what only the real server has. */
export function targetOf(path: string, registry: Registry): Target | Failure {
  const [root = '', ...segments] = path.split('/').slice(1).map(decodeURIComponent);
  const [group = '', version = '', ...rest] = root === 'api' ? ['', ...segments] : segments;
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [plural = '', name, subresource, ...beyond] = inNamespace ? rest.slice(2) : rest;
  const namespace = inNamespace ? rest[1] : undefined;
  const resource = registry.find(group, version, plural);
  if (resource === undefined) {
    const isBuiltIn = group.endsWith('.k8s.io') && group !== 'gateway.networking.k8s.io';
    const isCustom = root === 'apis' && plural !== '' && group.includes('.') && !isBuiltIn;
    return isCustom ? failure(404, '404 page not found', 'NotFound') : notServed(`the path ${path}`);
  }
  const isStatus = subresource === 'status' && resource.hasStatus;
  const isMisplaced = resource.namespaced ? namespace === undefined && name !== undefined : inNamespace;
  if (isMisplaced || beyond.length > 0 || (subresource !== undefined && !isStatus))
    return notServed(`the path ${path}`);
  return { resource, namespace, isStatus, ...(name === undefined ? {} : { name }) };
}

/** The query parameters of the real server that change the meaning of a request and are not served here. */
const PARAMETERS =
  /^(labelSelector|resourceVersionMatch|sendInitialEvents|shardSelector|dryRun|fieldValidation|gracePeriodSeconds|propagationPolicy|orphanDependents)$/;

/** 501 where the query has a parameter that is not served. */
export function unsupportedQuery({ query }: Request): Failure | undefined {
  const found = [...query.keys()].find((key) => PARAMETERS.test(key));
  return found === undefined ? undefined : notServed(`the query parameter ${found}`);
}

/** The object in the body of a POST or PUT, or the result of a merge patch, as it is stored. */
export function objectFrom(body: Json, target: Target): KubeObject | Failure {
  const { resource } = target;
  if (!isObject(body)) return badRequest('the body is not an object');
  const expected = apiVersionOf(resource);
  const kind = body['kind'] ?? (resource.custom ? '' : resource.kind);
  const apiVersion = body['apiVersion'] ?? (resource.custom ? '' : expected);
  if (kind === '') return badRequest("Object 'Kind' is missing");
  if (apiVersion !== expected) return badRequest(`the API version in the data is not ${expected}`);
  if (kind !== resource.kind && resource.custom)
    return invalid(textOf(kind), resource.group, '', [
      invalidValue('kind', kind, `must be ${resource.kind}`),
    ]);
  if (kind !== resource.kind) return badRequest(`${textOf(kind)} cannot be handled as a ${resource.kind}`);
  const object = placed({ ...body, kind, apiVersion }, target);
  return isFailure(object) ? object : asObject(admit(object, resource.schema));
}

/** The configuration in the body of an apply, as it is. */
export function configurationFrom(body: Json, target: Target): KubeObject | Failure {
  const { kind, apiVersion, metadata } = isObject(body) ? body : {};
  if (!isObject(body) || kind !== target.resource.kind || apiVersion !== apiVersionOf(target.resource))
    return badRequest(`invalid object type: ${textOf(apiVersion)}, Kind=${textOf(kind)}`);
  if (isObject(metadata) && (metadata['managedFields'] ?? null) !== null)
    return badRequest('metadata.managedFields must be nil');
  return placed(body, target);
}

/** The object in the namespace of the request; 400 where its metadata cannot be decoded or names another place. */
function placed(body: JsonObject, { resource, namespace, name }: Target): KubeObject | Failure {
  const metadata = isObject(body['metadata']) ? body['metadata'] : {};
  const schema = resource.schema.properties?.['metadata'] ?? {};
  const [wrong] = violations(admit(metadata, schema), schema, 'metadata');
  if (wrong !== undefined) return badRequest(`cannot unmarshal ${wrong.message}`);
  const object = asObject({ ...body, metadata: { ...metadata, name: metadata['name'] ?? '' } });
  const { name: given, namespace: home = '' } = object.metadata;
  if (name !== undefined && given !== name)
    return badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  if (home !== '' && home !== namespace)
    return badRequest(`the namespace of the object (${home}) does not match the namespace of the request`);
  return withMetadata(object, { namespace });
}
