// Server-side apply: the object after a manager applies a configuration to it, and the owners of its fields.
// Source of the steps: Kubernetes, Server-Side Apply; structured-merge-diff, merge.Updater.
import { applyConflict, failure, type Failure } from './failure.ts';
import { EMPTY, difference, intersection, isEmpty, outside, union, type FieldSet } from './field-set.ts';
import { equal, type Json, type JsonObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import {
  identityOf,
  ownable,
  release,
  withoutUnowned,
  type Managed,
  type Managers,
} from './managed-fields.ts';
import { merge, untyped } from './merge.ts';
import type { Schema } from './schema.ts';
import { compare, namedFields, removeFields, withDeclaredFields } from './typed-value.ts';

export type Application = {
  /** The object as it is, without managed fields; empty where there is none. */
  readonly live: JsonObject;
  readonly managers: Managers;
  readonly applied: KubeObject;
  readonly schema: Schema;
  readonly writer: Omit<Managed, 'fields' | 'time'>;
  /** Takes the fields that other managers own, instead of a conflict. */
  readonly force: boolean;
  /** The paths that this endpoint does not write, such as the status: they get no owner. */
  readonly ignored: FieldSet;
  /** The time of the request, in whole seconds. */
  readonly time: string;
};

/** The object and its managers afterwards; 409 for a conflict, 500 for fields that the schema does not have. */
export function apply(application: Application): { object: JsonObject; managers: Managers } | Failure {
  const { live, applied, schema, writer, force, ignored, managers: before } = application;
  const problems = untyped(applied, schema);
  if (problems.length > 0)
    return failure(500, `failed to create typed patch object (${titleOf(applied)}): ${problems.join('\n')}`);
  const identity = identityOf(writer);
  const last = before.get(identity);
  const named = outside(namedFields(applied, schema), ignored);
  const claimed = new Map(before).set(identity, { ...writer, fields: named });
  const merged = merge(live, applied, schema) as JsonObject;
  const object = pruned(merged, claimed, { last: last?.fields ?? EMPTY, now: named }, schema);
  const change = ownable(compare(live, object, schema), ignored);
  const { left, conflicts } = release(claimed, identity, change);
  if (conflicts.length > 0 && !force) return applyConflict(conflicts);
  const time = equal(live, object) ? last?.time : application.time;
  const fields = withoutUnowned(named);
  const managers = new Map(left);
  if (isEmpty(fields)) managers.delete(identity);
  else managers.set(identity, { ...writer, fields, ...(time === undefined ? {} : { time }) });
  return { object, managers };
}

function titleOf({ apiVersion, kind, metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}; ${apiVersion}, Kind=${kind}`;
}

/**
 * The merged object without the fields that the manager applied last time and does not apply now. Fields that another
 * manager owns stay, and so do those that this one never owned, even inside a removed container.
 */
function pruned(
  merged: JsonObject,
  managers: Managers,
  { last, now }: { readonly last: FieldSet; readonly now: FieldSet },
  schema: Schema,
): JsonObject {
  if (isEmpty(difference(last, now))) return merged;
  const named = (value: Json): FieldSet => withDeclaredFields(namedFields(value, schema), schema);
  const lastNamed = withDeclaredFields(last, schema);
  const owned = [...managers.values()].map(({ fields }) => fields).reduce(union, EMPTY);
  const all = named(merged);
  const kept = union(named(removeFields(merged, lastNamed, schema)), withDeclaredFields(owned, schema));
  const ownedBack = removeFields(merged, difference(all, kept), schema);
  const removable = intersection(difference(all, named(ownedBack)), lastNamed);
  return removeFields(merged, removable, schema) as JsonObject;
}
