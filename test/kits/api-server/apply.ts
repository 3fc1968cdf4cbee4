// Server-side apply: what an object becomes when a manager applies a configuration to it, and who owns what then.
// Source of the steps: Kubernetes, Server-Side Apply; structured-merge-diff, merge.Updater.
import { applyConflict, failure, isFailure, type Failure } from './failure.ts';
import { EMPTY, difference, intersection, isEmpty, outside, union, type FieldSet } from './field-set.ts';
import { equal, type Json, type JsonObject } from './json.ts';
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
  readonly applied: JsonObject;
  readonly schema: Schema;
  readonly writer: Omit<Managed, 'fields' | 'time'>;
  /** Takes the fields that other managers own, instead of a conflict. */
  readonly force: boolean;
  /** Paths that this endpoint does not write, such as the status: nobody comes to own them. */
  readonly ignored: FieldSet;
  /** The time of the request, in whole seconds. */
  readonly time: string;
};

/** The object and its managers afterwards; 409 for a conflict, 500 for what the schema does not know (as the real). */
export function apply(application: Application): { object: JsonObject; managers: Managers } | Failure {
  const { live, applied, schema, writer, ignored, managers: before } = application;
  const refused = refusal(applied, schema);
  if (refused !== undefined) return refused;
  const identity = identityOf(writer);
  const last = before.get(identity);
  const named = outside(namedFields(applied, schema), ignored);
  const claimed = new Map(before).set(identity, claim(writer, named, last?.time));
  const object = pruned(
    mergeObjects(live, applied, schema),
    claimed,
    {
      last: last?.fields ?? EMPTY,
      now: named,
    },
    schema,
  );
  const settled = settle(application, claimed, object);
  if (isFailure(settled)) return settled;
  const time = equal(live, object) ? last?.time : application.time;
  const own = withoutUnowned(named);
  const managers = new Map(settled);
  if (isEmpty(own)) managers.delete(identity);
  else managers.set(identity, claim(writer, own, time));
  return { object, managers };
}

function claim(writer: Omit<Managed, 'fields' | 'time'>, fields: FieldSet, time?: string): Managed {
  return { ...writer, fields, ...(time === undefined ? {} : { time }) };
}

function settle(application: Application, claimed: Managers, object: JsonObject): Managers | Failure {
  const { live, schema, ignored, writer, force } = application;
  const change = ownable(compare(live, object, schema), ignored);
  const { left, conflicts } = release(claimed, identityOf(writer), change);
  return conflicts.length > 0 && !force ? applyConflict(conflicts) : left;
}

function refusal(applied: JsonObject, schema: Schema): Failure | undefined {
  const problems = untyped(applied, schema);
  if (problems.length === 0) return undefined;
  const { apiVersion, kind, metadata } = applied as {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
  };
  const title = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${apiVersion}, Kind=${kind}`;
  const told = problems.length === 1 ? problems[0] : ['errors:', ...problems.map((p) => `  ${p}`)].join('\n');
  return failure(500, `failed to create typed patch object (${title}): ${told}`);
}

function mergeObjects(live: JsonObject, applied: JsonObject, schema: Schema): JsonObject {
  return merge(live, applied, schema) as JsonObject;
}

/**
 * The merged object without what the manager applied last time and does not apply now. What another manager owns
 * stays, and so does what this one never owned, even inside a container that goes.
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
