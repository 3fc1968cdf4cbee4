// POST, PUT, merge patch, server-side apply and DELETE.
import { apply } from './apply.ts';
import {
  cause,
  conflict,
  detailsOf,
  failure,
  invalid,
  isFailure,
  notFound,
  notServed,
  type Failure,
} from './failure.ts';
import { isObject, mergePatch, textOf, type Json, type JsonObject } from './json.ts';
import { asObject, timestamp, withMetadata, type KubeObject } from './kube-object.ts';
import { decodeManagers } from './managed-fields.ts';
import { change, ignoredBy, insert, writerOf, type Api, type Written } from './persist.ts';
import { configurationFrom, objectFrom, type ObjectTarget, type Target } from './request.ts';

export function create(api: Api, target: Target, body: Json, manager: string): Written | Failure {
  const object = objectFrom(body, target);
  if (isFailure(object)) return object;
  const { name, generateName, resourceVersion } = object.metadata;
  if (generateName !== undefined) return notServed('generateName');
  if (resourceVersion !== undefined)
    return failure(500, 'resourceVersion should not be set on objects to be created');
  return insert(api, { ...target, name }, object, { manager });
}

export function replace(api: Api, target: ObjectTarget, body: Json, manager: string): Written | Failure {
  const { resource, name } = target;
  const object = objectFrom(body, target);
  if (isFailure(object)) return object;
  const live = api.store.get(target, name);
  if (live === undefined && resource.kind === 'Lease' && object.metadata.resourceVersion === undefined)
    return insert(api, target, object, { manager });
  if (live === undefined)
    return resource.custom ? notFound(resource, name) : notServed('PUT of a new object of a built-in kind');
  const { resourceVersion, uid } = object.metadata;
  if (resourceVersion === undefined) {
    const wrong = cause('Invalid', 'metadata.resourceVersion', 'must be specified for an update');
    return invalid(resource.plural, resource.group, name, [wrong]);
  }
  if (uid !== undefined && uid !== live.metadata.uid)
    return conflict(resource, name, `Precondition failed: UID in precondition: ${uid}`);
  return change(api, target, live, object, { manager });
}

export function patch(api: Api, target: ObjectTarget, body: Json, manager: string): Written | Failure {
  const live = api.store.get(target, target.name);
  if (live === undefined) return notFound(target.resource, target.name);
  const object = objectFrom(mergePatch(live, body), target);
  return isFailure(object) ? object : change(api, target, live, object, { manager });
}

export function applyTo(
  api: Api,
  target: ObjectTarget,
  body: Json,
  { manager, force }: { readonly manager: string; readonly force: boolean },
): Written | Failure {
  const { resource, name } = target;
  const live = api.store.get(target, name);
  const applied = configurationFrom(body, target);
  if (isFailure(applied)) return applied;
  if (live === undefined && target.isStatus) return notFound(resource, name);
  const result = apply({
    live: live === undefined ? {} : withMetadata(live, { managedFields: undefined }),
    managers: decodeManagers(live?.metadata.managedFields),
    applied,
    schema: resource.schema,
    writer: writerOf(target, manager, 'Apply'),
    force,
    ignored: ignoredBy(target),
    time: timestamp(),
  });
  if (isFailure(result)) return result;
  const object = asObject(result.object);
  const by = { manager, managers: result.managers };
  if (live !== undefined) return change(api, target, live, object, by);
  const { uid } = object.metadata;
  if (uid === undefined) return insert(api, target, object, by);
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  return conflict(resource, name, why);
}

/** Deletes an object that meets the preconditions in the body. Its dependents are left to the garbage collector. */
export function remove(api: Api, target: ObjectTarget, body: Json): Written | Failure {
  const { resource, name } = target;
  const options = isObject(body) ? body : {};
  const odd = Object.keys(options).find((key) => !['kind', 'apiVersion', 'preconditions'].includes(key));
  if (odd !== undefined) return notServed(`the DeleteOptions field ${odd}`);
  if (resource.kind === 'Namespace' || resource.kind === 'CustomResourceDefinition')
    return notServed(`deleting a ${resource.kind}`);
  const live = api.store.get(target, name);
  if (live === undefined) return notFound(resource, name);
  const unmet = unmetPrecondition(live, options, target);
  if (unmet !== undefined) return unmet;
  api.store.remove(target, name);
  const details = { ...detailsOf(resource, name), uid: live.metadata.uid ?? '' };
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  return { code: 200, object: asObject(status) };
}

function unmetPrecondition(
  { metadata }: KubeObject,
  { preconditions }: JsonObject,
  { resource, name }: ObjectTarget,
): Failure | undefined {
  const { uid, resourceVersion } = isObject(preconditions) ? preconditions : {};
  const fields = [
    ['UID', textOf(uid), metadata.uid],
    ['ResourceVersion', textOf(resourceVersion), metadata.resourceVersion],
  ] as const;
  const unmet = fields.find(([, wanted, found]) => wanted !== '' && wanted !== found);
  if (unmet === undefined) return undefined;
  const [field, wanted, found] = unmet;
  const why = `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${found})`;
  return conflict({ ...resource, plural: resource.kind }, name, why);
}
