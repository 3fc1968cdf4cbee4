// The metadata of every kind: its schema, and the rules that the schema cannot express.
// Source: k8s.io/apimachinery, api/validation/objectmeta.go and util/validation.
import { cause, type Cause } from './failure.ts';
import type { KubeObject } from './kube-object.ts';
import type { Schema } from './schema.ts';
import { invalidValue } from './validate.ts';

export const STRING: Schema = { type: 'string' };
export const STRING_MAP: Schema = { type: 'object', additionalProperties: STRING };

/** A list of which the items are identified by some of their fields. */
export function keyedList(keys: readonly string[], items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

const OPEN: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const OWNER_REFERENCE: Schema = { ...OPEN, 'x-kubernetes-map-type': 'atomic' };
const MANAGED_FIELDS_ENTRY: Schema = { ...OPEN, required: ['manager', 'operation'] };

const METADATA: Schema = {
  type: 'object',
  properties: {
    name: STRING,
    namespace: STRING,
    generateName: STRING,
    uid: STRING,
    resourceVersion: STRING,
    generation: { type: 'integer' },
    creationTimestamp: STRING,
    labels: STRING_MAP,
    annotations: STRING_MAP,
    finalizers: { type: 'array', items: STRING, 'x-kubernetes-list-type': 'set' },
    ownerReferences: keyedList(['uid'], OWNER_REFERENCE),
    // The real server reads one empty entry as a reset of all managers, which is not served here.
    managedFields: { type: 'array', items: MANAGED_FIELDS_ENTRY },
  },
};

/** The schema of a whole object, from that of its other fields. */
export function objectSchema(schema: Schema): Schema {
  const properties = { ...schema.properties, apiVersion: STRING, kind: STRING, metadata: METADATA };
  return { ...schema, type: 'object', properties };
}

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const LABEL_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]';
const isName = new RegExp(`^${SUBDOMAIN}$`);
const isKey = new RegExp(`^(${SUBDOMAIN}/)?${LABEL_NAME}$`);
const KEY_RULE = 'is not a qualified name';
const isLabelValue = new RegExp(`^(${LABEL_NAME})?$`);

/** The violations of an object's metadata. */
export function metadataViolations({ kind, metadata }: KubeObject): readonly Cause[] {
  const { name, labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const causes: Cause[] = [];
  const check = (field: string, value: string, isValid: boolean, rule: string): void => {
    if (!isValid) causes.push(invalidValue(`metadata.${field}`, value, rule));
  };
  if (name === '') causes.push(cause('Required', 'metadata.name', 'Required value: name is required'));
  else check('name', name, isName.test(name) && name.length <= 253, 'is not a lowercase RFC 1123 name');
  check('name', name, kind !== 'Namespace' || !name.includes('.'), 'must not contain dots');
  for (const key of Object.keys(annotations)) check('annotations', key, isKey.test(key), KEY_RULE);
  for (const [key, value] of Object.entries(labels)) {
    check('labels', key, isKey.test(key), KEY_RULE);
    check('labels', value, isLabelValue.test(value), 'is not a label value');
  }
  for (const owner of ownerReferences)
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const)
      check(`ownerReferences.${field}`, '', (owner[field] ?? '') !== '', 'must not be empty');
  return causes;
}
