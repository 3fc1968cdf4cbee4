// Creates objects. There is no admission; of its effects, only that of a namespace that is missing or ends is there.
import { commit, stamp, through, type Api, type Target, type WriteOptions, type Written } from './api.ts';
import { placedIn, readObject } from './body.ts';
import { NAMESPACES } from './builtins.ts';
import {
  alreadyExists,
  badRequest,
  failure,
  forbiddenInTerminating,
  invalid,
  isFailure,
  notFound,
  type Cause,
  type Failure,
} from './failure.ts';
import { EMPTY, setOf, type FieldSet } from './field-set.ts';
import { without, type Json, type JsonObject } from './json.ts';
import { keyOf, withMetadata, withoutEmptyMetadata, type KubeObject } from './kube-object.ts';
import { afterUpdate, encodeManagers, ownable, type Managers } from './managed-fields.ts';
import { metadataViolations } from './metadata-rules.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { admit } from './schema.ts';
import { compare } from './typed-value.ts';
import { violations } from './validate.ts';

/** A POST to a collection. */
export function create(
  api: Api,
  resource: Resource,
  namespace: string | undefined,
  body: Json,
  options: WriteOptions,
): Written | Failure {
  const read = readObject(body, resource);
  const object = isFailure(read) ? read : placedIn(read, namespace);
  if (isFailure(object)) return object;
  if (object.metadata.resourceVersion !== undefined)
    return failure(500, 'resourceVersion should not be set on objects to be created');
  const { name, generateName = '' } = object.metadata;
  const chosen = name === '' && generateName !== '' ? `${generateName}${api.newSuffix()}` : name;
  return insert(api, { resource, namespace, name: chosen, status: false }, object, options);
}

/**
 * Stores an object under a name that is free, with all that the server adds to it. `managers` are given where an
 * apply has settled them.
 */
export function insert(
  api: Api,
  target: Target,
  given: KubeObject,
  options: WriteOptions,
  managers?: Managers,
): Written | Failure {
  const { resource, namespace, name } = target;
  const refused = refusedNamespace(api, target);
  if (refused !== undefined) return refused;
  const object = fresh(api, target, given);
  const done = through(
    object,
    (each) => resource.behaviour.complete?.(each, undefined) ?? each,
    (each) => checked(each, resource, []),
  );
  if (isFailure(done)) return done;
  if (api.store.get(resource.table, keyOf(namespace, name)) !== undefined)
    return alreadyExists(resource, name);
  const managedFields = encodeManagers(managers ?? creators(api, resource, object, options.manager));
  return commit(api, target, withMetadata(done, { managedFields }), { code: 201, dryRun: options.dryRun });
}

/** What the endpoint of an object, or that of its status, does not write. */
export function ignoredBy({ resource, status }: Pick<Target, 'resource' | 'status'>): FieldSet {
  if (status) return resource.custom ? setOf([['metadata'], ['spec']]) : setOf([['spec']]);
  return resource.hasStatus ? setOf([['status']]) : EMPTY;
}

/** The object, or why it is invalid: 422, but 400 for a wrong type in a built-in kind, which cannot even be read. */
export function checked(
  object: KubeObject,
  resource: Resource,
  more: readonly Cause[],
): KubeObject | Failure {
  const { kind, group, version } = resource;
  const inSchema = violations(object, resource.schema, '');
  const wrongType = inSchema.find(({ reason }) => reason === 'FieldValueTypeInvalid');
  if (wrongType !== undefined && !resource.custom)
    return badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${wrongType.message}`,
    );
  const causes = [...metadataViolations(object, resource.table !== NAMESPACES), ...more, ...inSchema];
  return causes.length === 0 ? object : invalid(kind, group, object.metadata.name, causes);
}

function fresh(api: Api, { resource, namespace, name }: Target, given: KubeObject): KubeObject {
  const object = resource.hasStatus ? asObject(without(given, 'status')) : given;
  const admitted = withoutEmptyMetadata(asObject(admit(object, resource.schema)));
  return withMetadata(admitted, {
    name,
    namespace,
    uid: api.newUid(),
    creationTimestamp: stamp(api.clock()),
    generation: resource.behaviour.countsGenerations ? 1 : undefined,
    resourceVersion: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    managedFields: undefined,
  });
}

/** Pruning, defaulting and merging by a kind's schema leave an object an object. */
export function asObject(value: Json): KubeObject {
  return value as KubeObject;
}

function creators(api: Api, resource: Resource, object: KubeObject, manager: string): Managers {
  // The real server starts from an empty object, in which a built-in kind already has its `spec`.
  const nothing: JsonObject = resource.custom ? {} : { spec: {}, status: {} };
  const ignored = ignoredBy({ resource, status: false });
  const change = ownable(compare(nothing, object, resource.schema), ignored);
  const writer = {
    manager,
    operation: 'Update',
    apiVersion: apiVersionOf(resource),
    subresource: '',
  } as const;
  return afterUpdate(new Map(), { ...writer, time: stamp(api.clock()) }, change);
}

function refusedNamespace(api: Api, { resource, namespace, name }: Target): Failure | undefined {
  if (namespace === undefined) return undefined;
  const home = api.store.get(NAMESPACES, namespace);
  if (home === undefined) return notFound({ group: '', plural: NAMESPACES, kind: 'Namespace' }, namespace);
  return home.object.metadata.deletionTimestamp === undefined
    ? undefined
    : forbiddenInTerminating(resource, name, namespace);
}
