// The owners of fields: reads and writes `metadata.managedFields`, and moves fields from one manager to another when
// an object changes. Source: Kubernetes, Server-Side Apply, "Field management".
import type { Cause } from './failure.ts';
import {
  decodeFields,
  difference,
  EMPTY,
  encodeFields,
  intersection,
  isEmpty,
  outside,
  pathsOf,
  setOf,
  union,
  type FieldSet,
} from './field-set.ts';
import type { ManagedFieldsEntry } from './kube-object.ts';
import type { Comparison } from './typed-value.ts';

/** A manager and its fields. `time` is absent where an apply claimed only values that already existed. */
export type Managed = Omit<ManagedFieldsEntry, 'fieldsV1'> & { readonly fields: FieldSet };

/** The managers by their identity: one that applies is the same in all versions, one that updates is not. */
export type Managers = ReadonlyMap<string, Managed>;

/** The fields without owners: the server writes them, or they name the object. */
const UNOWNED = setOf([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...'name namespace creationTimestamp uid generation managedFields resourceVersion'
    .split(' ')
    .map((field) => ['metadata', field]),
]);

export function identityOf({ operation, apiVersion, subresource, manager }: Omit<Managed, 'fields'>): string {
  return [operation, operation === 'Apply' ? '' : apiVersion, subresource ?? '', manager].join('\n');
}

export function decodeManagers(entries: readonly ManagedFieldsEntry[] = []): Managers {
  const managers = entries.map(({ fieldsV1, ...rest }) => ({ ...rest, fields: decodeFields(fieldsV1) }));
  return new Map(managers.map((managed) => [identityOf(managed), managed]));
}

/** The entries in the order of the real server; `undefined` where there are none. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  const entries = [...managers.values()]
    .toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
    .map(({ fields, ...rest }) => ({ ...rest, fieldsV1: encodeFields(fields) }));
  return entries.length === 0 ? undefined : entries;
}

function sortKey({ operation, time = '', manager, apiVersion, subresource = '' }: Managed): string {
  return [operation, time, manager, apiVersion, subresource].join('\n');
}

/**
 * The managers after a change: each of them, `except` the writer, loses the fields that were changed or removed.
 * `conflicts` has the fields that a manager lost to a change.
 */
export function release(
  managers: Managers,
  except: string | undefined,
  change: Comparison,
): { readonly left: Managers; readonly conflicts: readonly Cause[] } {
  const written = union(change.added, change.modified);
  const conflicts: Cause[] = [];
  const left = new Map<string, Managed>();
  for (const [identity, managed] of [...managers].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (identity === except) {
      left.set(identity, managed);
      continue;
    }
    const lost = intersection(managed.fields, written);
    const message = `conflict with ${nameOf(managed)}`;
    for (const field of pathsOf(lost)) conflicts.push({ reason: 'FieldManagerConflict', message, field });
    const fields = difference(difference(managed.fields, lost), change.removed);
    if (!isEmpty(fields)) left.set(identity, { ...managed, fields });
  }
  return { left, conflicts };
}

/** The managers after a create, update or patch: the writer owns the fields that it added or changed, and its old ones. */
export function afterUpdate(
  managers: Managers,
  writer: Omit<Managed, 'fields'>,
  change: Comparison,
): Managers {
  const { left } = release(managers, undefined, change);
  const own = withoutUnowned(union(change.added, change.modified));
  if (isEmpty(own)) return left;
  const identity = identityOf(writer);
  const before = left.get(identity)?.fields ?? EMPTY;
  return new Map(left).set(identity, { ...writer, fields: union(before, own) });
}

export function withoutUnowned(fields: FieldSet): FieldSet {
  return difference(fields, UNOWNED);
}

/** The change without the paths that the endpoint does not write, such as the status: they get no owner there. */
export function ownable(change: Comparison, ignored: FieldSet): Comparison {
  return {
    added: outside(change.added, ignored),
    modified: outside(change.modified, ignored),
    removed: outside(change.removed, ignored),
  };
}

/** Source: apimachinery, managedfields, printManager. */
function nameOf({ manager, operation, apiVersion, subresource }: Managed): string {
  const name = `"${manager}"${subresource === undefined ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
