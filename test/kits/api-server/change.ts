// Changes an object that is there: what the rules of its kind make of what a client wants, and whether that is a change.
import { commit, shown, stamp, type Api, type Target, type WriteOptions, type Written } from './api.ts';
import { asObject, checked, ignoredBy } from './create.ts';
import { conflict, isFailure, MODIFIED, type Failure } from './failure.ts';
import { equal, withKey, without, type JsonObject } from './json.ts';
import { keyOf, withMetadata, withoutEmptyMetadata, type KubeObject } from './kube-object.ts';
import { afterUpdate, decodeManagers, encodeManagers, ownable, type Managers } from './managed-fields.ts';
import { changeViolations } from './metadata-rules.ts';
import { apiVersionOf } from './resource.ts';
import { admit } from './schema.ts';
import type { Revision } from './store.ts';
import { compare } from './typed-value.ts';

export type Proposal = {
  /** The whole object as the client wants it, in the version of the request. */
  readonly object: KubeObject;
  /** Who owns what then, where an apply has settled that. */
  readonly managers?: Managers;
};

/** Changes an object that is there; 409 where it has moved on, 422 where the change is not allowed. */
export function change(
  api: Api,
  target: Target,
  live: Revision,
  { object, managers }: Proposal,
  options: WriteOptions,
): Written | Failure {
  const { resource, name } = target;
  const before = shown(live.object, resource);
  const { resourceVersion } = object.metadata;
  if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
    return conflict(resource, name, MODIFIED);
  const admitted = withoutEmptyMetadata(asObject(admit(object, resource.schema)));
  const wanted = confined(before, admitted, target);
  const settled = managers ?? ownersAfter(api, target, before, admitted, options.manager);
  const completed = resource.behaviour.complete?.(wanted, before) ?? wanted;
  if (isFailure(completed)) return completed;
  const after = checked(completed, resource, changeViolations(before, wanted));
  if (isFailure(after)) return after;
  const next = withMetadata(kept(before, after, target), { managedFields: encodeManagers(settled) });
  if (sameButTimes(before, next)) return { code: 200, object: live.object, revision: live };
  if (isOver(next)) return finished(api, target, next, options);
  return commit(api, target, next, { code: 200, dryRun: options.dryRun });
}

/** What this endpoint may write of what the client wants; the rest stays as it was. */
function confined(before: KubeObject, wanted: KubeObject, { resource, status }: Target): KubeObject {
  if (!status) return resource.hasStatus ? asObject(withKey(wanted, 'status', before['status'])) : wanted;
  const object = withKey(before, 'status', wanted['status']);
  return asObject(resource.custom ? object : withKey(object, 'metadata', wanted.metadata));
}

/** The object with the metadata that only the server writes. */
function kept(before: KubeObject, after: KubeObject, { resource }: Target): KubeObject {
  const {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    resourceVersion,
  } = before.metadata;
  const counted =
    resource.behaviour.countsGenerations &&
    !equal(counting(before, resource.hasStatus), counting(after, resource.hasStatus));
  return withMetadata(after, {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    resourceVersion,
    generation: counted ? (generation ?? 0) + 1 : generation,
  });
}

/** What a generation counts the changes of. */
function counting(object: KubeObject, hasStatus: boolean): JsonObject {
  const rest = without(without(object, 'metadata'), 'apiVersion');
  return hasStatus ? without(rest, 'status') : rest;
}

function ownersAfter(
  api: Api,
  target: Target,
  before: KubeObject,
  after: KubeObject,
  manager: string,
): Managers {
  const given = after.metadata.managedFields;
  // One empty entry is how a client asks to forget all managers.
  if (!target.status && given?.length === 1 && Object.keys(given[0] ?? {}).length === 0) return new Map();
  const claimed = target.status ? new Map() : decodeManagers(given);
  const managers = claimed.size > 0 ? claimed : decodeManagers(before.metadata.managedFields);
  if (managers.size === 0) return managers;
  const compared = compare(bare(before), bare(after), target.resource.schema);
  const writer = { ...writerOf(target, manager, 'Update'), time: stamp(api.clock()) };
  return afterUpdate(managers, writer, ownable(compared, ignoredBy(target)));
}

function bare(object: KubeObject): JsonObject {
  return withMetadata(object, { managedFields: undefined });
}

/** Who writes, as `managedFields` names them. */
export function writerOf<T extends 'Apply' | 'Update'>(
  { resource, status }: Target,
  manager: string,
  operation: T,
) {
  return { manager, operation, apiVersion: apiVersionOf(resource), subresource: status ? 'status' : '' };
}

/** Whether nothing changed but the times at which managers wrote: such a write is none. */
function sameButTimes(before: KubeObject, after: KubeObject): boolean {
  return equal(timeless(before), timeless(after));
}

function timeless(object: KubeObject): JsonObject {
  const managedFields = object.metadata.managedFields?.map(({ time: _time, ...entry }) => entry);
  return withMetadata(object, { managedFields });
}

/** Whether an object was waiting for its last finalizer. */
function isOver({ metadata }: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && finalizers.length === 0;
}

function finished(
  api: Api,
  { resource, namespace, name }: Target,
  object: KubeObject,
  { dryRun }: WriteOptions,
): Written {
  if (!dryRun) api.store.remove(resource.table, keyOf(namespace, name));
  return { code: 200, object };
}
