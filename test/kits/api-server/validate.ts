// Checks a value against its structural schema. Knows no CEL rules. Source of the reasons: a kube-apiserver 1.36.
import { cause, type Cause } from './failure.ts';
import { equal, isList, isObject, type Json } from './json.ts';
import { fieldSchema, itemSchema, UNKNOWN, type Schema } from './schema.ts';

/** Every violation below a path; none where the value is valid. */
export function violations(value: Json, schema: Schema, path: string): readonly Cause[] {
  if (schema === UNKNOWN) return [];
  if (!isType(value, schema.type)) {
    const found = value === null ? 'null' : isList(value) ? 'array' : typeof value;
    const message = `Invalid value: "${found}": ${path} in body must be of type ${schema.type}: "${found}"`;
    return [cause('TypeInvalid', path, message)];
  }
  const own = ownViolations(value, schema, path);
  if (isList(value)) {
    const items = value.flatMap((item, index) => violations(item, itemSchema(schema), `${path}[${index}]`));
    return [...own, ...items, ...duplicates(value, schema, path)];
  }
  if (!isObject(value)) return own;
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  const fields = Object.entries(value).flatMap(([key, below]) =>
    violations(below, fieldSchema(schema, key) ?? UNKNOWN, at(key)),
  );
  return [...own, ...missing.map((key) => cause('Required', at(key), 'Required value')), ...fields];
}

function isType(value: Json, type: Schema['type']): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** The violations of the value itself, without those of its fields and items. */
function ownViolations(value: Json, schema: Schema, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  const { minimum = -Infinity, maximum = Infinity, minLength = 0, maxLength = Infinity, pattern } = schema;
  const { minItems = 0, maxItems = Infinity, maxProperties = Infinity } = schema;
  const invalid = (rule: string): void =>
    void causes.push(invalidValue(path, value, `${path} in body ${rule}`));
  const tooMany = (size: number, most: number): void =>
    void causes.push(cause('TooMany', path, `Too many: ${size}: must have at most ${most} items`));
  if (schema.enum !== undefined && !schema.enum.some((allowed) => equal(allowed, value))) {
    const supported = schema.enum.map((each) => JSON.stringify(each)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
    causes.push(cause('NotSupported', path, message));
  }
  if (typeof value === 'number') {
    if (value > maximum) invalid(`should be less than or equal to ${maximum}`);
    if (value < minimum) invalid(`should be greater than or equal to ${minimum}`);
  }
  if (typeof value === 'string') {
    const length = Array.from(value).length;
    if (length > maxLength)
      causes.push(cause('TooLong', path, `Too long: may not be more than ${maxLength} bytes`));
    else if (length < minLength) invalid(`should be at least ${minLength} chars long`);
    else if (pattern !== undefined && !new RegExp(pattern, 'u').test(value))
      invalid(`should match '${pattern}'`);
  }
  if (isList(value) && value.length > maxItems) tooMany(value.length, maxItems);
  if (isList(value) && value.length < minItems) invalid(`should have at least ${minItems} items`);
  if (isObject(value) && Object.keys(value).length > maxProperties)
    tooMany(Object.keys(value).length, maxProperties);
  return causes;
}

function duplicates(list: readonly Json[], schema: Schema, path: string): readonly Cause[] {
  const type = schema['x-kubernetes-list-type'] ?? 'atomic';
  if (type === 'atomic') return [];
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keys = list.map((item) =>
    JSON.stringify(type === 'map' && isObject(item) ? names.map((name) => item[name] ?? null) : item),
  );
  return keys.flatMap((key, index) =>
    keys.indexOf(key) === index ? [] : [cause('Duplicate', `${path}[${index}]`, `Duplicate value: ${key}`)],
  );
}

export function invalidValue(path: string, value: Json, rule: string): Cause {
  return cause('Invalid', path, `Invalid value: ${JSON.stringify(value)}: ${rule}`);
}
