// What every request works on: the storage, what is served, and the server's sources of time, ids and chance.
import { isFailure, type Failure } from './failure.ts';
import { keyOf, type KubeObject } from './kube-object.ts';
import { apiVersionOf, type Registry, type Resource } from './resource.ts';
import type { Revision, Store } from './store.ts';

export type Api = {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: () => Date;
  /** A new id for an object; no two are the same. */
  readonly newUid: () => string;
  /** The end of a generated name. */
  readonly newSuffix: () => string;
};

/** The object that a request is about. */
export type Target = {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Whether the request came to `/status`. */
  readonly status: boolean;
};

export type WriteOptions = {
  /** Who writes, for `managedFields`. */
  readonly manager: string;
  readonly dryRun: boolean;
};

/** What a write gives back. There is no revision where nothing was stored. */
export type Written = {
  readonly code: 200 | 201;
  readonly object: KubeObject;
  readonly revision?: Revision;
};

/** A time as the API writes it: in whole seconds. */
export function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function find(api: Api, { resource, namespace, name }: Target): Revision | undefined {
  return api.store.get(resource.table, keyOf(namespace, name));
}

/** The object in the form and version in which the resource shows it. */
export function shown(object: KubeObject, resource: Resource): KubeObject {
  if (resource.behaviour.wire !== undefined) return resource.behaviour.wire.write(object);
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** Stores an object that has passed every check, unless this is a rehearsal. */
export function commit(
  api: Api,
  { resource, namespace, name }: Target,
  object: KubeObject,
  { code, dryRun }: { readonly code: 200 | 201; readonly dryRun: boolean },
): Written {
  const stored = resource.behaviour.wire?.read(object) ?? object;
  if (dryRun) return { code, object: stored };
  const revision = api.store.put(resource.table, keyOf(namespace, name), stored);
  return { code, object: revision.object, revision };
}

/** Runs the steps until one fails. Each gets what the one before it gave. */
export function through<T>(value: T, ...steps: readonly ((value: T) => T | Failure)[]): T | Failure {
  let current = value;
  for (const step of steps) {
    const next = step(current);
    if (isFailure(next)) return next;
    current = next;
  }
  return current;
}
