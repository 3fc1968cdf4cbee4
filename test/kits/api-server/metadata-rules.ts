// What the server demands of `metadata`, of every kind alike.
// Source: k8s.io/apimachinery, api/validation/objectmeta.go and util/validation.
import type { Cause } from './failure.ts';
import type { KubeObject } from './kube-object.ts';
import { cause, quoted } from './validate.ts';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const LABEL_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';

const isSubdomain = new RegExp(`^${SUBDOMAIN}$`);
const isLabelName = new RegExp(`^${LABEL_NAME}$`);
const isLabelValue = new RegExp(`^${LABEL_VALUE}$`);

const CHARACTERS =
  "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
const LABEL_NAME_RULE = `name part must consist of ${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${LABEL_NAME}')`;
const LABEL_VALUE_RULE = `a valid label must be an empty string or consist of ${CHARACTERS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`;

/** What is wrong with an object's metadata; `dots`: whether its name may have any. */
export function metadataViolations({ metadata }: KubeObject, dots: boolean): readonly Cause[] {
  const { name, labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  return [
    ...nameViolations(name, dots),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...keyViolations('metadata.labels', key),
      ...(isLabelValue.test(value) && value.length <= 63
        ? []
        : [invalidValue('metadata.labels', value, LABEL_VALUE_RULE)]),
    ]),
    ...Object.keys(annotations).flatMap((key) => keyViolations('metadata.annotations', key.toLowerCase())),
    ...finalizers.flatMap((each) => keyViolations('metadata.finalizers', each)),
    ...ownerReferences.flatMap((owner) =>
      (['apiVersion', 'kind', 'name', 'uid'] as const)
        .filter((field) => (owner[field] ?? '') === '')
        .map((field) => invalidValue(`metadata.ownerReferences.${field}`, '', 'must not be empty')),
    ),
  ];
}

/** What is wrong with a change of an object's metadata. */
export function changeViolations(before: KubeObject, after: KubeObject): readonly Cause[] {
  const { uid, deletionTimestamp, finalizers: old = [] } = before.metadata;
  const { uid: newUid = uid, finalizers = [] } = after.metadata;
  const added = finalizers.filter((each) => !old.includes(each));
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => quoted(each)).join(', ')}}`;
  return [
    ...(newUid === uid ? [] : [invalidValue('metadata.uid', newUid ?? '', 'field is immutable')]),
    ...(deletionTimestamp === undefined || added.length === 0
      ? []
      : [cause('Forbidden', 'metadata.finalizers', message)]),
  ];
}

function nameViolations(name: string | undefined, dots: boolean): readonly Cause[] {
  const field = 'metadata.name';
  if (name === undefined || name === '')
    return [cause('Required', field, 'Required value: name or generateName is required')];
  if (name.length > 253) return [invalidValue(field, name, 'must be no more than 253 bytes')];
  if (!isSubdomain.test(name)) return [invalidValue(field, name, SUBDOMAIN_RULE)];
  return !dots && name.includes('.') ? [invalidValue(field, name, 'must not contain dots')] : [];
}

/** What is wrong with a key of labels and annotations, or with a finalizer: they are all named alike. */
export function keyViolations(field: string, key: string): readonly Cause[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (parts.length > 2 || name.length > 63 || !isLabelName.test(name))
    return [invalidValue(field, key, LABEL_NAME_RULE)];
  return prefix === undefined || isSubdomain.test(prefix)
    ? []
    : [invalidValue(field, key, `prefix part ${SUBDOMAIN_RULE}`)];
}

function invalidValue(field: string, value: string, rule: string): Cause {
  return cause('Invalid', field, `Invalid value: ${quoted(value)}: ${rule}`);
}
