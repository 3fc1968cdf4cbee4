// Brings an object that a client wants into the form in which the server stores it, checks it, and stores it.
import { NAMESPACES } from './builtins.ts';
import {
  alreadyExists,
  conflict,
  invalid,
  isFailure,
  notFound,
  notServed,
  type Cause,
  type Failure,
} from './failure.ts';
import { EMPTY, setOf, type FieldSet } from './field-set.ts';
import { equal, withKey, type JsonObject } from './json.ts';
import { asObject, timestamp, withMetadata, withoutEmptyMetadata, type KubeObject } from './kube-object.ts';
import {
  afterUpdate,
  decodeManagers,
  encodeManagers,
  ownable,
  type Managed,
  type Managers,
} from './managed-fields.ts';
import { metadataViolations } from './metadata.ts';
import type { ObjectTarget } from './request.ts';
import { apiVersionOf, type Registry, type Resource } from './resource.ts';
import { admit } from './schema.ts';
import type { Store } from './store.ts';
import { compare } from './typed-value.ts';
import { invalidValue, violations } from './validate.ts';

export type Api = { readonly store: Store; readonly registry: Registry };

export type Written = { readonly code: 200 | 201; readonly object: KubeObject };

/** The writer, and the owners of the fields after the write where an apply has settled them. */
export type By = { readonly manager: string; readonly managers?: Managers };

/** Stores a new object; 409 where its name exists. */
export function insert(
  api: Api,
  target: ObjectTarget,
  given: KubeObject,
  { manager, managers }: By,
): Written | Failure {
  const { resource, namespace, name } = target;
  const home = namespace === undefined ? undefined : { resource: NAMESPACES, namespace: undefined };
  if (home !== undefined && api.store.get(home, namespace ?? '') === undefined)
    return notFound(NAMESPACES, namespace ?? '');
  const bare = resource.hasStatus ? asObject(withKey(given, 'status', undefined)) : given;
  const object = withMetadata(withoutEmptyMetadata(asObject(admit(bare, resource.schema))), {
    namespace,
    uid: crypto.randomUUID(),
    creationTimestamp: timestamp(),
    generation: resource.custom ? 1 : undefined,
    resourceVersion: undefined,
    managedFields: undefined,
  });
  const done = checked(object, undefined, resource);
  if (isFailure(done)) return done;
  if (api.store.get(target, name) !== undefined) return alreadyExists(resource, name);
  // The real server compares with an empty object, in which a built-in kind already has a `spec`.
  const nothing: JsonObject = resource.custom ? {} : { spec: {}, status: {} };
  const owners = managers ?? ownersAfter(new Map(), nothing, object, { ...target, isStatus: false }, manager);
  const managedFields = encodeManagers(owners);
  return { code: 201, object: api.store.put(target, withMetadata(done, { managedFields })) };
}

/** Changes an object; 409 where its version is another one, 422 where the change is not allowed. */
export function change(
  api: Api,
  target: ObjectTarget,
  live: KubeObject,
  given: KubeObject,
  { manager, managers }: By,
): Written | Failure {
  const { resource, name } = target;
  const { resourceVersion } = given.metadata;
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
    return conflict(resource, name, MODIFIED);
  const admitted = withoutEmptyMetadata(asObject(admit(given, resource.schema)));
  const wanted = confined(live, admitted, target);
  const done = checked(wanted, live, resource);
  if (isFailure(done)) return done;
  const owners =
    managers ?? ownersAfter(managersBefore(live, admitted, target), live, admitted, target, manager);
  const { uid, creationTimestamp, generation = 0 } = live.metadata;
  const next = withMetadata(done, {
    uid,
    creationTimestamp,
    resourceVersion: live.metadata.resourceVersion,
    generation: resource.custom ? generation + (equalButMetadata(live, done) ? 0 : 1) : undefined,
    managedFields: encodeManagers(owners),
  });
  if (equal(timeless(live), timeless(next))) return { code: 200, object: live };
  return { code: 200, object: api.store.put(target, next) };
}

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** The paths that the endpoint of the object, or of its status, does not write. */
export function ignoredBy({ resource, isStatus }: Pick<ObjectTarget, 'resource' | 'isStatus'>): FieldSet {
  if (isStatus) return resource.custom ? setOf([['metadata'], ['spec']]) : setOf([['spec']]);
  return resource.hasStatus ? setOf([['status']]) : EMPTY;
}

/** The writer, as `managedFields` identifies it. */
export function writerOf(
  { resource, isStatus }: ObjectTarget,
  manager: string,
  operation: Managed['operation'],
): Omit<Managed, 'fields' | 'time'> {
  const writer = { manager, operation, apiVersion: apiVersionOf(resource), fieldsType: 'FieldsV1' } as const;
  return isStatus ? { ...writer, subresource: 'status' } : writer;
}

/** The object with what the kind adds; 422 where it is invalid, 501 where it needs what this server does not have. */
function checked(object: KubeObject, live: KubeObject | undefined, resource: Resource): KubeObject | Failure {
  if (object.metadata.finalizers !== undefined) return notServed('finalizers');
  const completed = resource.complete?.(object, live) ?? object;
  if (isFailure(completed)) return completed;
  const { uid } = object.metadata;
  const causes: readonly Cause[] = [
    ...metadataViolations(completed),
    ...(live === undefined || uid === undefined || uid === live.metadata.uid
      ? []
      : [invalidValue('metadata.uid', uid, 'field is immutable')]),
    ...violations(completed, resource.schema, ''),
  ];
  return causes.length === 0
    ? completed
    : invalid(resource.kind, resource.group, object.metadata.name, causes);
}

/** The part of the wanted object that the endpoint writes, on the live rest. */
function confined(live: KubeObject, wanted: KubeObject, { resource, isStatus }: ObjectTarget): KubeObject {
  if (!isStatus) return resource.hasStatus ? asObject(withKey(wanted, 'status', live['status'])) : wanted;
  const object = withKey(live, 'status', wanted['status']);
  return asObject(resource.custom ? object : withKey(object, 'metadata', wanted.metadata));
}

/** The managers before a write, without those whose entries a PUT leaves out. */
function managersBefore(live: KubeObject, wanted: KubeObject, { isStatus }: ObjectTarget): Managers {
  const given = isStatus ? new Map() : decodeManagers(wanted.metadata.managedFields);
  return given.size > 0 ? given : decodeManagers(live.metadata.managedFields);
}

function ownersAfter(
  managers: Managers,
  before: JsonObject,
  after: KubeObject,
  target: ObjectTarget,
  manager: string,
): Managers {
  const difference = compare(before, after, target.resource.schema);
  const writer = { ...writerOf(target, manager, 'Update'), time: timestamp() };
  return afterUpdate(managers, writer, ownable(difference, ignoredBy(target)));
}

/** Whether two objects are equal but for metadata and status, the changes of which no generation counts. */
function equalButMetadata(left: KubeObject, right: KubeObject): boolean {
  const { metadata: _left, status: _leftStatus, ...old } = left;
  const { metadata: _right, status: _rightStatus, ...now } = right;
  return equal(old, now);
}

/** The object without the times of its managers: a write that changes only those is none. */
function timeless({ metadata, ...rest }: KubeObject): JsonObject {
  const managedFields = metadata.managedFields?.map(({ time: _time, ...entry }) => entry) ?? [];
  return { ...rest, metadata: { ...metadata, managedFields } };
}
