// Who owns which field: reads and writes `metadata.managedFields`, and moves fields from one manager to another when
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

/** A manager's fields. `time` is absent where a manager only ever claimed what others had written. */
export type Managed = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time?: string;
  readonly fields: FieldSet;
};

/** The managers by their identity: who applies has one for all versions, who updates one for each. */
export type Managers = ReadonlyMap<string, Managed>;

/** What nobody owns: the server writes it, or it names the object. */
const UNOWNED = setOf([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'generation', 'managedFields'].map(
    (field) => ['metadata', field],
  ),
  ['metadata', 'resourceVersion'],
]);

export function identityOf(managed: Omit<Managed, 'fields' | 'time'>): string {
  const version = managed.operation === 'Apply' ? '' : managed.apiVersion;
  return [managed.operation, version, managed.subresource, managed.manager].join('\n');
}

export function decodeManagers(entries: readonly ManagedFieldsEntry[] = []): Managers {
  return new Map(
    entries.map((entry) => {
      const { manager, operation, apiVersion, subresource = '', time } = entry;
      const managed: Managed = {
        manager,
        operation,
        apiVersion,
        subresource,
        fields: decodeFields(entry.fieldsV1),
        ...(time === undefined ? {} : { time }),
      };
      return [identityOf(managed), managed];
    }),
  );
}

/** The wire form, ordered as the real server orders it; `undefined` where nobody owns anything. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  const entries = [...managers.values()]
    .toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
    .map(({ manager, operation, apiVersion, subresource, time, fields }): ManagedFieldsEntry => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(fields),
      ...(subresource === '' ? {} : { subresource }),
    }));
  return entries.length === 0 ? undefined : entries;
}

function sortKey({ operation, time = '', manager, apiVersion, subresource }: Managed): string {
  return [operation, time, manager, apiVersion, subresource].join('\n');
}

/**
 * The managers after a change: each, `except` the one who makes it, loses what was changed or removed. `conflicts`
 * tells what somebody lost to a change.
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

/** The managers after a create, update or patch: the writer owns what it added or changed, besides what it had. */
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

/** What a write to an endpoint cannot change, such as the status by the object's own: nobody comes to own it there. */
export function ownable(change: Comparison, ignored: FieldSet): Comparison {
  return {
    added: outside(change.added, ignored),
    modified: outside(change.modified, ignored),
    removed: outside(change.removed, ignored),
  };
}

/** Source: apimachinery, managedfields, printManager. */
function nameOf({ manager, operation, apiVersion, subresource }: Managed): string {
  const name = `"${manager}"${subresource === '' ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
