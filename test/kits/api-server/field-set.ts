// Sets of field paths, as server-side apply keeps them in `metadata.managedFields`, and their wire form FieldsV1.
// Source of the form: Kubernetes API reference, ManagedFieldsEntry; sigs.k8s.io/structured-merge-diff/fieldpath.
import { isObject, type Json, type JsonObject } from './json.ts';

/**
 * A tree of path elements: `f:NAME` for a field, `k:{...}` for an item of a keyed list, `v:VALUE` for an item of a
 * set. A node that is a `member` is a path of the set; one that is not only leads to some.
 */
export type FieldSet = { readonly member: boolean; readonly children: ReadonlyMap<string, FieldSet> };

const LEAF: FieldSet = { member: true, children: new Map() };
export const EMPTY: FieldSet = { member: false, children: new Map() };

/** The set that has the given paths of field names. */
export function setOf(paths: readonly (readonly string[])[]): FieldSet {
  return paths
    .map((path) => path.reduceRight((below, name) => treeOf(false, [[`f:${name}`, below]]), LEAF))
    .reduce(union, EMPTY);
}

/** A node; children that hold nothing are left out. */
export function treeOf(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [element, child] of children) if (!isEmpty(child)) kept.set(element, child);
  return !member && kept.size === 0 ? EMPTY : { member, children: kept };
}

export function isEmpty({ member, children }: FieldSet): boolean {
  return !member && children.size === 0;
}

export function childOf(set: FieldSet, element: string): FieldSet {
  return set.children.get(element) ?? EMPTY;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left)) return right;
  if (isEmpty(right)) return left;
  const children = new Map(left.children);
  for (const [element, child] of right.children) children.set(element, union(childOf(left, element), child));
  return { member: left.member || right.member, children };
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return treeOf(
    left.member && right.member,
    [...left.children].map(([element, child]) => [element, intersection(child, childOf(right, element))]),
  );
}

/** The paths of `left` that are not in `right`. A path stays when only one above it is in `right`. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(right)) return left;
  return treeOf(
    left.member && !right.member,
    [...left.children].map(([element, child]) => [element, difference(child, childOf(right, element))]),
  );
}

/** The paths of `set` that neither are in `cut` nor lie below one of its paths. */
export function outside(set: FieldSet, cut: FieldSet): FieldSet {
  if (isEmpty(cut)) return set;
  if (cut.member) return EMPTY;
  return treeOf(
    set.member,
    [...set.children].map(([element, child]) => [element, outside(child, childOf(cut, element))]),
  );
}

/** The FieldsV1 of a set. */
export function encodeFields(set: FieldSet): JsonObject {
  const below = [...set.children].map(([element, child]) => [element, encodeFields(child)] as const);
  return Object.fromEntries(set.member && below.length > 0 ? [['.', {}], ...below] : below);
}

/** The set of a FieldsV1. */
export function decodeFields(fields: Json | undefined): FieldSet {
  return isObject(fields) ? treeOf(false, decodedChildren(fields)) : EMPTY;
}

function decodedChildren(fields: JsonObject): readonly (readonly [string, FieldSet])[] {
  return Object.entries(fields)
    .filter(([element]) => element !== '.')
    .map(([element, below]) => {
      const children = isObject(below) ? decodedChildren(below) : [];
      const member = children.length === 0 || (isObject(below) && '.' in below);
      return [element, treeOf(member, children)];
    });
}

/** Every path as apply conflicts name it, such as `.spec.ports[port=80].name`; those of a level first. */
export function pathsOf(set: FieldSet, prefix = ''): readonly string[] {
  const children = sorted(set);
  return [
    ...children.filter(([, { member }]) => member).map(([element]) => prefix + shownElement(element)),
    ...children.flatMap(([element, child]) => pathsOf(child, prefix + shownElement(element))),
  ];
}

/** A path element as messages show it. */
export function shownElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  const parsed = JSON.parse(text) as Json;
  if (element.startsWith('v:') || !isObject(parsed)) return `[=${text}]`;
  const keys = Object.entries(parsed).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}

function sorted({ children }: FieldSet): readonly (readonly [string, FieldSet])[] {
  return [...children].toSorted(([left], [right]) => (left < right ? -1 : 1));
}
