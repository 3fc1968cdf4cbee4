// The three patches that know nothing of owners: JSON patch (RFC 6902), JSON merge patch (RFC 7386), and Kubernetes'
// strategic merge patch, of which `$patch: delete`, `$patch: replace` and lists joined by one key are supported.
import { badRequest, failure, type Failure } from './failure.ts';
import { equal, isList, isObject, withKey, without, type Json, type JsonObject } from './json.ts';
import { fieldSchema, itemSchema, UNKNOWN, type Schema } from './schema.ts';
import { unreachable } from './unreachable.ts';

/** RFC 7386: null removes. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** Like a merge patch, but lists that have a merge key are joined item by item. */
export function strategicMergePatch(target: Json | undefined, patch: Json, schema: Schema): Json {
  if (isList(patch)) return isList(target) ? joinLists(target, patch, schema) : withoutDirectives(patch);
  if (!isObject(patch)) return patch;
  if (patch['$patch'] === 'replace') return without(patch, '$patch');
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    const gone = value === null || (isObject(value) && value['$patch'] === 'delete');
    if (gone) delete merged[key];
    else merged[key] = strategicMergePatch(merged[key], value, fieldSchema(schema, key) ?? UNKNOWN);
  }
  return merged;
}

function joinLists(target: readonly Json[], patch: readonly Json[], schema: Schema): readonly Json[] {
  const key = schema['x-kubernetes-patch-merge-key'];
  if (schema['x-kubernetes-list-type'] === 'set')
    return [...target, ...patch.filter((item) => !target.some((old) => equal(old, item)))];
  if (key === undefined) return patch;
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace'))
    return withoutDirectives(patch.filter((item) => isObject(item) && item['$patch'] === undefined));
  const same = (left: Json, right: Json): boolean =>
    isObject(left) && isObject(right) && equal(left[key], right[key]);
  const kept = target.flatMap((old) => {
    const change = patch.find((item) => same(item, old));
    if (change === undefined) return [old];
    if (isObject(change) && change['$patch'] === 'delete') return [];
    return [strategicMergePatch(old, change, itemSchema(schema))];
  });
  const added = patch.filter((item) => !target.some((old) => same(old, item)));
  return [...withoutDirectives(added), ...kept];
}

function withoutDirectives(list: readonly Json[]): readonly Json[] {
  return list
    .filter((item) => !(isObject(item) && item['$patch'] === 'delete'))
    .map((item) => (isObject(item) ? without(item, '$patch') : item));
}

/** RFC 6902. 400 for what is no patch, 422 for one that does not fit the object. */
export function jsonPatch(target: JsonObject, patch: Json): Json | Failure {
  if (!isList(patch))
    return badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  let document: Json = target;
  for (const step of patch) {
    const next: Json | undefined = isObject(step) ? operate(document, step) : undefined;
    if (next === undefined) return failure(422, REJECTED, { reason: 'Invalid', details: {} });
    document = next;
  }
  return document;
}

const REJECTED = 'the server rejected our request due to an error in our request';

/** The document after one operation; `undefined` where it cannot be carried out. */
function operate(document: Json, { op, path, from, value }: JsonObject): Json | undefined {
  const target = pointer(path);
  const source = pointer(from);
  if (target === undefined) return undefined;
  const moved = source === undefined ? undefined : at(document, source);
  switch (op) {
    case 'test':
      return value !== undefined && equal(at(document, target), value) ? document : undefined;
    case 'add':
      return value === undefined ? undefined : edit(document, target, { kind: 'insert', value });
    case 'replace':
      return value === undefined || at(document, target) === undefined
        ? undefined
        : edit(document, target, { kind: 'replace', value });
    case 'remove':
      return edit(document, target, { kind: 'remove' });
    case 'copy':
      return moved === undefined ? undefined : edit(document, target, { kind: 'insert', value: moved });
    case 'move': {
      if (moved === undefined || source === undefined) return undefined;
      const cut = edit(document, source, { kind: 'remove' });
      return cut === undefined ? undefined : edit(cut, target, { kind: 'insert', value: moved });
    }
    default:
      return undefined;
  }
}

function pointer(path: Json | undefined): readonly string[] | undefined {
  if (typeof path !== 'string' || !(path === '' || path.startsWith('/'))) return undefined;
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function at(document: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, part) => {
    if (isList(value)) return value[Number(part)];
    return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }, document);
}

type Edit = { readonly kind: 'insert' | 'replace'; readonly value: Json } | { readonly kind: 'remove' };

/** The document with the change at the end of the path; `undefined` where the path leads nowhere. */
function edit(document: Json, path: readonly string[], change: Edit): Json | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return change.kind === 'remove' ? undefined : change.value;
  if (rest.length > 0) {
    const child = at(document, [part]);
    const next = child === undefined ? undefined : edit(child, rest, change);
    if (next === undefined) return undefined;
    if (isList(document)) return document.with(Number(part), next);
    return isObject(document) ? withKey(document, part, next) : undefined;
  }
  if (isList(document)) return editList(document, part, change);
  if (!isObject(document)) return undefined;
  if (change.kind !== 'remove') return withKey(document, part, change.value);
  return Object.hasOwn(document, part) ? without(document, part) : undefined;
}

function editList(list: readonly Json[], part: string, change: Edit): Json | undefined {
  const index = part === '-' ? list.length : Number(part);
  const last = change.kind === 'insert' ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > last) return undefined;
  switch (change.kind) {
    case 'insert':
      return list.toSpliced(index, 0, change.value);
    case 'replace':
      return list.with(index, change.value);
    case 'remove':
      return list.toSpliced(index, 1);
    default:
      return unreachable(change);
  }
}
