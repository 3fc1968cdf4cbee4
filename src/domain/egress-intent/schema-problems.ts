// What is wrong with a spec, in the words of its author: the messages of zod know neither what was meant nor what to write.
import type { z } from 'zod';
import { valueAt, type Problem } from '../problem.ts';
import { escaped } from '../text.ts';
import { numbersIn, portsExample, portsOfEntry, protocolOfEntry } from './port-remedies.ts';

type Path = Problem['path'];

/** The problem of an issue that zod found in a spec; `spec` is the value that was read. */
export function problemOf(issue: z.core.$ZodIssue, spec: unknown): Problem {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  return { path: ['spec', ...path], message: escaped(messageOf(issue, path, spec)) };
}

function messageOf(issue: z.core.$ZodIssue, path: Path, spec: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownFieldText(key, path, spec)).join('; ');
  }
  if (issue.code === 'invalid_format' && shapeOf(path) === 'allow[].service.name') {
    const service = nameAndNamespace(valueAt(spec, path));
    if (service !== undefined) return `has a namespace in it: write ${service}`;
  }
  // Every other message is of the schema itself.
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  const field = FIELDS[shapeOf(path)] ?? FIELDS['spec'];
  const value = valueAt(spec, path);
  return `${value === undefined || value === null ? 'is missing' : `must be ${field.type}`}: write ${field.example(value)}`;
}

/** The field without its indexes: `allow[].ports[]`, and `spec` for the spec. Every label is `workloadSelector.matchLabels.*`. */
function shapeOf(path: Path): string {
  if (path.length === 0) return 'spec';
  if (path[1] === 'matchLabels' && path.length > 2) return 'workloadSelector.matchLabels.*';
  return path
    .map((part, index) => (typeof part === 'number' ? '[]' : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

type Field = {
  /** What it must be, where it is not. */
  readonly type: string;
  /** What to write, for the value that is there. */
  readonly example: (value: unknown) => string;
};

const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const NAME_AND_NAMESPACE = /^(?<name>[-a-z0-9]+)\.(?<namespace>[-a-z0-9]+)(?:\.svc.*)?$/;
const LABEL = /^[\w.-]+$/;
const HOST = /^[a-zA-Z0-9.-]+$/;
/** Without quotes it would be an alias in YAML. */
const WILDCARD = /^\*\.[a-zA-Z0-9.-]+$/;

/** What the value is meant to be, if it is a text of this form. */
const ifText = (value: unknown, pattern: RegExp, otherwise: string): string =>
  typeof value === 'string' && pattern.test(value) ? value : otherwise;

const hostText = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && WILDCARD.test(value) ? `"${value}"` : ifText(value, HOST, otherwise);

/** The entry for `name.namespace`, also with `.svc` and a cluster domain after it. */
function nameAndNamespace(value: unknown): string | undefined {
  const { name, namespace } = (typeof value === 'string' && NAME_AND_NAMESPACE.exec(value)?.groups) || {};
  return name === undefined || namespace === undefined
    ? undefined
    : `service: {name: ${name}, namespace: ${namespace}}`;
}

const serviceExample = (value: unknown): string =>
  nameAndNamespace(value) ??
  `service: {name: ${ifText(value, NAME, 'api')}${value === undefined ? ', namespace: payments' : ''}}`;

const hostExample = (value: unknown): string =>
  Array.isArray(value)
    ? 'one entry for each host, such as host: www.example.com'
    : 'a host such as www.example.com';

const field = (type: string, example: Field['example'] | string): Field => ({
  type,
  example: typeof example === 'string' ? () => example : example,
});

/** YAML reads `on`, `1e3` and the like as other values, so what was written is not known any more. */
const IN_QUOTES = 'it in quotes';
const nameExample = (otherwise: string) => (value: unknown) =>
  typeof value === 'number' || typeof value === 'boolean' ? IN_QUOTES : otherwise;

const SERVICE_NAME = field('text', nameExample('the name of the Service, such as api'));
const NAMESPACE_NAME = field('text', nameExample('the name of the namespace, such as payments'));

/** By `shapeOf`. Fields whose type has a message in the schema are left out. */
const FIELDS: { readonly spec: Field; readonly [shape: string]: Field | undefined } = {
  spec: field(
    'an object',
    'spec with allow, the list of what the pods may call, such as spec: {allow: [{host: www.example.com}]}',
  ),
  workloadSelector: field('an object', 'workloadSelector: {matchLabels: {app: web}}'),
  'workloadSelector.matchLabels': field('an object', 'matchLabels: {app: web}'),
  'workloadSelector.matchLabels.*': field('text', (value) =>
    typeof value === 'object' || value === undefined
      ? 'one value for each label, such as app: web'
      : IN_QUOTES,
  ),
  allow: field(
    'a list',
    'what the pods may call, such as allow: [{host: www.example.com}], or allow: [] for nothing',
  ),
  'allow[]': field('an object', (value) => `an entry such as host: ${hostText(value, 'www.example.com')}`),
  'allow[].namespace': field('an object', (value) => `namespace: {name: ${ifText(value, NAME, 'payments')}}`),
  'allow[].namespace.name': NAMESPACE_NAME,
  'allow[].service': field('an object', serviceExample),
  'allow[].service.name': SERVICE_NAME,
  'allow[].service.namespace': NAMESPACE_NAME,
  'allow[].host': field('text', hostExample),
  'allow[].serviceEntry': field(
    'an object',
    (value) => `serviceEntry: {host: ${hostText(value, 'api.example.com')}}`,
  ),
  'allow[].serviceEntry.host': field('text', hostExample),
  'allow[].serviceEntry.namespace': NAMESPACE_NAME,
  'allow[].cidr': field('text', (value) =>
    Array.isArray(value)
      ? 'one entry for each range, such as cidr: 203.0.113.0/24'
      : 'a range such as 203.0.113.0/24',
  ),
  'allow[].ports': field('a list', portsExample),
  'allow[].ports[]': field('an object', (value) => `{port: ${numbersIn(value)[0] ?? 443}}`),
  'allow[].description': field('text', (value) => (typeof value === 'object' ? 'one text' : IN_QUOTES)),
};

/** The fields of each object, in the order of the schema. */
const KNOWN: { readonly [shape: string]: readonly string[] | undefined } = {
  spec: ['workloadSelector', 'mode', 'allow'],
  workloadSelector: ['matchLabels'],
  'allow[]': ['namespace', 'service', 'host', 'serviceEntry', 'cidr', 'ports', 'description'],
  'allow[].namespace': ['name'],
  'allow[].service': ['name', 'namespace'],
  'allow[].serviceEntry': ['host', 'namespace'],
  'allow[].ports[]': ['port', 'protocol'],
};

/** What is usually meant by a field that does not exist, by the object that has it. */
const MEANT: {
  readonly [shape: string]:
    { readonly [field: string]: string | ((holder: unknown) => string) | undefined } | undefined;
} = {
  workloadSelector: {
    matchExpressions: 'Istio selects the pods of a Sidecar by labels only, so write matchLabels',
    labels: 'write matchLabels instead of labels',
  },
  'allow[]': {
    port: (entry) => `write ${portsOfEntry(entry)}`,
    protocol: protocolOfEntry,
    hosts: 'write one entry with host for each host',
    cidrs: 'write one entry with cidr for each range',
    ipBlock: 'write cidr: 203.0.113.0/24 and ports',
    name: 'write service: {name: api, namespace: payments} for a Service',
  },
  'allow[].ports[]': { number: 'write port instead of number' },
};

function unknownFieldText(key: string, path: Path, spec: unknown): string {
  const shape = shapeOf(path);
  const holder = path.findLast((part) => typeof part === 'string') ?? 'spec';
  const unknown = `${JSON.stringify(key)} is no field here`;
  const meant = Object.hasOwn(MEANT[shape] ?? {}, key) ? MEANT[shape]?.[key] : undefined;
  if (meant !== undefined)
    return `${unknown}: ${typeof meant === 'string' ? meant : meant(valueAt(spec, path))}`;
  if (shape === 'workloadSelector')
    return `${unknown}: write matchLabels: {${key}: ${ifText(valueAt(spec, [...path, key]), LABEL, '...')}}`;
  const isWithinEntry = /^allow\[\]\.\w+$/.test(shape);
  if (isWithinEntry && key === 'port') {
    return `${unknown}: write ${portsExample(valueAt(spec, [...path, key]))} one level up, next to ${holder}`;
  }
  const isOfEntry = isWithinEntry && key !== holder && (KNOWN['allow[]'] ?? []).includes(key);
  if (isOfEntry) return `${unknown}: write it one level up, next to ${holder}`;
  return `${unknown}: write ${(KNOWN[shape] ?? []).join(', ')}, or remove it`;
}
