// Checks a value against its structural schema and tells every violation in the words of the real server.
// Knows no CEL rules. Source of the words: the answers of a kube-apiserver 1.36.
import type { Cause } from './failure.ts';
import { equal, isList, isObject, type Json, type JsonObject } from './json.ts';
import { fieldSchema, itemSchema, UNKNOWN, type Schema } from './schema.ts';
import { unreachable } from './unreachable.ts';

type Path = string;

/** Every violation below a path, in the order of the schema; none where the value is valid. */
export function violations(value: Json, schema: Schema, path: Path): readonly Cause[] {
  const causes: Cause[] = [];
  collect(value, schema, path, causes);
  return causes;
}

/** Adds the violations to those that are known. */
function collect(value: Json, schema: Schema, path: Path, causes: Cause[]): void {
  if (schema === UNKNOWN || (value === null && schema.nullable === true)) return;
  const wrongType = typeViolation(value, schema, path);
  if (wrongType !== undefined) {
    causes.push(wrongType);
    return;
  }
  collectEnum(value, schema, path, causes);
  collectBounds(value, schema, path, causes);
  collectLogic(value, schema, path, causes);
  if (isObject(value)) collectObject(value, schema, path, causes);
  if (isList(value)) collectList(value, schema, path, causes);
}

export function isType(value: Json, type: Schema['type']): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type;
    default:
      return unreachable(type);
  }
}

export function quoted(value: Json): string {
  return JSON.stringify(value);
}

function typeViolation(value: Json, schema: Schema, path: Path): Cause | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (typeof value === 'string' || Number.isInteger(value)) return undefined;
    return cause(
      'TypeInvalid',
      path,
      `${told(value)}: ${path} in body must be of type integer,string: ${got(value)}`,
    );
  }
  if (isType(value, schema.type)) return undefined;
  return cause(
    'TypeInvalid',
    path,
    `${told(value)}: ${path} in body must be of type ${schema.type}: ${got(value)}`,
  );
}

function told(value: Json): string {
  return `Invalid value: ${got(value)}`;
}

function got(value: Json): string {
  if (value === null) return '"null"';
  if (isList(value)) return '"array"';
  return `"${typeof value}"`;
}

function collectEnum(value: Json, schema: Schema, path: Path, causes: Cause[]): void {
  if (schema.enum === undefined || schema.enum.some((allowed) => equal(allowed, value))) return;
  const supported = schema.enum.map(quoted).join(', ');
  const message = `Unsupported value: ${quoted(value)}: supported values: ${supported}`;
  causes.push(cause('NotSupported', path, message));
}

function collectBounds(value: Json, schema: Schema, path: Path, causes: Cause[]): void {
  if (typeof value === 'number') collectNumber(value, schema, path, causes);
  if (typeof value === 'string') collectString(value, schema, path, causes);
  const { minItems, maxItems, minProperties, maxProperties } = schema;
  if (isList(value)) collectSize(value.length, [minItems, maxItems, 'items'], path, causes);
  if (isObject(value) && (minProperties ?? maxProperties) !== undefined)
    collectSize(Object.keys(value).length, [minProperties, maxProperties, 'properties'], path, causes);
}

function collectSize(
  size: number,
  [min, max, noun]: readonly [number | undefined, number | undefined, string],
  path: Path,
  causes: Cause[],
): void {
  if (max !== undefined && size > max)
    causes.push(cause('TooMany', path, `Too many: ${size}: must have at most ${max} items`));
  if (min !== undefined && size < min)
    causes.push(invalidValue(path, size, `should have at least ${min} ${noun}`));
}

function collectNumber(value: number, schema: Schema, path: Path, causes: Cause[]): void {
  const { minimum, maximum, exclusiveMinimum = false, exclusiveMaximum = false } = schema;
  if (maximum !== undefined && (value > maximum || (exclusiveMaximum && value === maximum))) {
    const bound = `${exclusiveMaximum ? '' : 'or equal to '}${maximum}`;
    causes.push(invalidValue(path, value, `should be less than ${bound}`));
  }
  if (minimum !== undefined && (value < minimum || (exclusiveMinimum && value === minimum))) {
    const bound = `${exclusiveMinimum ? '' : 'or equal to '}${minimum}`;
    causes.push(invalidValue(path, value, `should be greater than ${bound}`));
  }
}

function collectString(value: string, schema: Schema, path: Path, causes: Cause[]): void {
  const { minLength, maxLength, pattern } = schema;
  // A string is never longer in characters than in UTF-16 units.
  const length =
    maxLength !== undefined && value.length > maxLength ? Array.from(value).length : value.length;
  if (maxLength !== undefined && length > maxLength)
    causes.push(cause('TooLong', path, `Too long: may not be more than ${maxLength} bytes`));
  else if (minLength !== undefined && length < minLength)
    causes.push(invalidValue(path, value, `should be at least ${minLength} chars long`));
  else if (pattern !== undefined && !matcher(pattern).test(value))
    causes.push(invalidValue(path, value, `should match '${pattern}'`));
}

const matchers = new Map<string, RegExp>();

function matcher(pattern: string): RegExp {
  const known = matchers.get(pattern) ?? new RegExp(pattern, 'u');
  matchers.set(pattern, known);
  return known;
}

function collectObject(object: JsonObject, schema: Schema, path: Path, causes: Cause[]): void {
  for (const key of schema.required ?? [])
    if (!Object.hasOwn(object, key)) causes.push(cause('Required', join(path, key), 'Required value'));
  for (const [key, value] of Object.entries(object)) {
    const field = fieldSchema(schema, key);
    if (field !== undefined) collect(value, field, join(path, key), causes);
  }
}

function collectList(list: readonly Json[], schema: Schema, path: Path, causes: Cause[]): void {
  const item = itemSchema(schema);
  for (const [index, value] of list.entries()) collect(value, item, `${path}[${index}]`, causes);
  causes.push(...duplicates(list, schema, path));
}

function duplicates(list: readonly Json[], schema: Schema, path: Path): readonly Cause[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const key =
      type === 'map' && isObject(item)
        ? quoted(
            Object.fromEntries(keys.flatMap((name) => (name in item ? [[name, item[name] ?? null]] : []))),
          )
        : quoted(item);
    if (seen.has(key)) return [cause('Duplicate', `${path}[${index}]`, `Duplicate value: ${key}`)];
    seen.add(key);
    return [];
  });
}

/** `allOf`, `anyOf`, `oneOf` and `not`: they may only look, so what they find is told as one violation. */
function collectLogic(value: Json, schema: Schema, path: Path, causes: Cause[]): void {
  const { allOf = [], anyOf, oneOf, not } = schema;
  const holds = (part: Schema): boolean => violations(value, part, path).length === 0;
  const shown = `Invalid value: "": "${path}"`;
  for (const part of allOf) collect(value, part, path, causes);
  if (anyOf !== undefined && !anyOf.some(holds))
    causes.push(cause('Invalid', path, `${shown} must validate at least one schema (anyOf)`));
  if (not !== undefined && holds(not))
    causes.push(cause('Invalid', path, `${shown} must not validate the schema (not)`));
  const valid = oneOf?.filter(holds).length ?? 1;
  if (valid !== 1) {
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    causes.push(cause('Invalid', path, `${shown} must validate one and only one schema (oneOf). ${found}`));
  }
}

function invalidValue(path: Path, value: Json, rule: string): Cause {
  return cause('Invalid', path, `Invalid value: ${quoted(value)}: ${path} in body ${rule}`);
}

export function cause(kind: string, field: Path, message: string): Cause {
  return { reason: `FieldValue${kind}`, message, field };
}

function join(path: Path, key: string): Path {
  return path === '' ? key : `${path}.${key}`;
}
