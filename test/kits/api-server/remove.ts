// Deletes objects. What waits for a finalizer, or for its kubelet, only learns that it is to go. Dependents are left to
// the garbage collector; of the propagation policies there is only the default, Background.
import { find, stamp, type Api, type Target, type Written } from './api.ts';
import { NAMESPACES } from './builtins.ts';
import { badRequest, detailsOf, notFound, preconditionFailed, type Failure } from './failure.ts';
import { isObject, textOf, type Json, type JsonObject } from './json.ts';
import { keyOf, withMetadata, type KubeObject } from './kube-object.ts';
import type { Revision } from './store.ts';

export type DeleteOptions = {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** In seconds. */
  readonly gracePeriod?: number;
};

/** A deletion's answer: the object where it lives on or its kind says so, else a `Status`. */
export type Removed = Written | { readonly code: 200; readonly status: JsonObject };

/** The options of a deletion, from its body and query; 400 for a propagation policy that is not supported. */
export function readDeleteOptions(body: Json | undefined, query: URLSearchParams): DeleteOptions | Failure {
  const given = isObject(body) ? body : {};
  const preconditions = isObject(given['preconditions']) ? given['preconditions'] : {};
  const policy = given['propagationPolicy'] ?? query.get('propagationPolicy') ?? 'Background';
  if (policy !== 'Background')
    return badRequest(`this server does not support propagationPolicy ${textOf(policy)}`);
  const grace = given['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const { uid, resourceVersion } = preconditions;
  return {
    dryRun: query.has('dryRun') || given['dryRun'] !== undefined,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    ...(grace === undefined ? {} : { gracePeriod: Number(grace) }),
  };
}

export function remove(api: Api, target: Target, options: DeleteOptions): Removed | Failure {
  const { resource, namespace, name } = target;
  const live = find(api, target);
  if (live === undefined) return notFound(resource, name);
  const unmet = unmetPrecondition(live.object, target, options);
  if (unmet !== undefined) return unmet;
  const key = keyOf(namespace, name);
  const { gracePeriod } = resource.behaviour;
  const seconds = gracePeriod?.(live.object, options.gracePeriod) ?? 0;
  const waits = seconds > 0 || resource.table === NAMESPACES || live.object.metadata.finalizers !== undefined;
  const marked = waits || gracePeriod !== undefined ? ending(api, target, live.object, seconds) : live.object;
  if (options.dryRun) return waits ? { code: 200, object: marked } : gone(target, live);
  // Kinds that may have a grace period are marked before they go, even with none: watchers see both.
  const revision = marked === live.object ? live : api.store.put(resource.table, key, marked);
  if (waits) return { code: 200, object: revision.object, revision };
  return gone(target, api.store.remove(resource.table, key) ?? revision);
}

function gone({ resource, name }: Target, last: Revision): Removed {
  if (resource.behaviour.returnsDeleted) return { code: 200, object: last.object, revision: last };
  const { uid = '' } = last.object.metadata;
  const details = { ...detailsOf(resource, name), uid };
  return {
    code: 200,
    status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
  };
}

function unmetPrecondition(
  { metadata }: KubeObject,
  { resource, name }: Target,
  { uid, resourceVersion }: DeleteOptions,
): Failure | undefined {
  if (uid !== undefined && uid !== metadata.uid)
    return preconditionFailed(
      resource,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    return preconditionFailed(
      resource,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  return undefined;
}

/** The object as it looks once it is to go; the same object where it is marked already, for no later. */
function ending(api: Api, { resource }: Target, object: KubeObject, seconds: number): KubeObject {
  const { deletionTimestamp, deletionGracePeriodSeconds: left = 0, generation } = object.metadata;
  const again = deletionTimestamp !== undefined;
  if (again && seconds >= left) return object;
  const isNamespace = resource.table === NAMESPACES;
  const ended = withMetadata(object, {
    deletionTimestamp: stamp(new Date(api.clock().getTime() + seconds * 1_000)),
    deletionGracePeriodSeconds: isNamespace ? undefined : seconds,
    generation: generation === undefined || again ? generation : generation + 1,
  });
  return isNamespace ? { ...ended, status: { phase: 'Terminating' } } : ended;
}
