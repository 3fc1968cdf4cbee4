// PUT and PATCH: makes the whole object that a client wants out of what it sent, and hands it on to be written.
import { apply } from './apply.ts';
import { find, shown, stamp, type Api, type Target, type WriteOptions, type Written } from './api.ts';
import { placed, readApplied, readObject } from './body.ts';
import { change, writerOf } from './change.ts';
import { asObject, ignoredBy, insert } from './create.ts';
import { badRequest, conflict, invalid, isFailure, notFound, type Failure } from './failure.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { decodeObject, withMetadata, type KubeObject } from './kube-object.ts';
import { afterUpdate, decodeManagers, type Managers } from './managed-fields.ts';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts';
import type { Revision } from './store.ts';
import { compare } from './typed-value.ts';
import { unreachable } from './unreachable.ts';
import { cause } from './validate.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

/** A PUT. */
export function replace(api: Api, target: Target, body: Json, options: WriteOptions): Written | Failure {
  const { resource, name } = target;
  const read = readObject(body, resource);
  const object = isFailure(read) ? read : placed(read, target);
  if (isFailure(object)) return object;
  const live = find(api, target);
  if (live === undefined)
    return resource.behaviour.createsOnUpdate && !target.status
      ? insert(api, target, object, options)
      : notFound(resource, name);
  const { resourceVersion, uid } = object.metadata;
  if (resourceVersion === undefined && !resource.behaviour.unconditionalUpdate)
    return versionRequired(target);
  if (uid !== undefined && uid !== live.object.metadata.uid)
    return conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.object.metadata.uid}`,
    );
  return change(api, target, live, { object }, options);
}

/** A PATCH that is no apply. */
export function patch(
  api: Api,
  target: Target,
  type: PatchType,
  body: Json,
  options: WriteOptions,
): Written | Failure {
  const live = find(api, target);
  if (live === undefined) return notFound(target.resource, target.name);
  const result = patched(shown(live.object, target.resource), type, body, target);
  if (isFailure(result)) return result;
  if (!isObject(result)) return badRequest('the patch makes no object');
  const { kind, version } = target.resource;
  const read = decodeObject(result, kind, version);
  const object = isFailure(read) ? read : placed(read, target);
  return isFailure(object) ? object : change(api, target, live, { object }, options);
}

/** A server-side apply. To a name that is free it creates the object. */
export function applyTo(
  api: Api,
  target: Target,
  body: Json,
  options: WriteOptions & { readonly force: boolean },
): Written | Failure {
  const { resource, name } = target;
  const live = find(api, target);
  const read = readApplied(body, resource);
  if (isFailure(read)) return read;
  // Only what is there already may be left unnamed.
  const named = live !== undefined && read.metadata.name === '' ? withMetadata(read, { name }) : read;
  const applied = placed(named, target);
  if (isFailure(applied)) return applied;
  if (live === undefined && target.status) return notFound(resource, name);
  const result = apply({
    ...startOf(api, target, live),
    applied,
    schema: resource.schema,
    writer: writerOf(target, options.manager, 'Apply'),
    force: options.force,
    ignored: ignoredBy(target),
    time: stamp(api.clock()),
  });
  if (isFailure(result)) return result;
  const object = asObject(result.object);
  if (live !== undefined) return change(api, target, live, { object, managers: result.managers }, options);
  const { uid } = object.metadata;
  if (uid !== undefined)
    return conflict(
      resource,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  return insert(api, target, object, options, result.managers);
}

/** The object that a configuration is applied to. One that nobody owns is first given to whoever wrote it before. */
function startOf(
  api: Api,
  target: Target,
  revision: Revision | undefined,
): { readonly live: JsonObject; readonly managers: Managers } {
  if (revision === undefined) return { live: {}, managers: new Map() };
  const object = shown(revision.object, target.resource);
  const live = withMetadata(object, { managedFields: undefined });
  const managers = decodeManagers(object.metadata.managedFields);
  if (managers.size > 0) return { live, managers };
  const before = writerOf({ ...target, status: false }, 'before-first-apply', 'Update');
  const all = compare({}, live, target.resource.schema);
  return { live, managers: afterUpdate(managers, { ...before, time: stamp(api.clock()) }, all) };
}

function patched(object: KubeObject, type: PatchType, body: Json, { resource }: Target): Json | Failure {
  switch (type) {
    case 'json':
      return jsonPatch(object, body);
    case 'merge':
      return mergePatch(object, body);
    case 'strategic':
      return strategicMergePatch(object, body, resource.schema);
    default:
      return unreachable(type);
  }
}

function versionRequired({ resource, name }: Target): Failure {
  const { plural, group } = resource;
  const message = 'Invalid value: 0: must be specified for an update';
  return invalid(plural, group, name, [cause('Invalid', 'metadata.resourceVersion', message)]);
}
