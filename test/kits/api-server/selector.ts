// Label and field selectors, as they stand in a request's query. Source: Kubernetes, "Labels and Selectors".
import { badRequest, type Failure } from './failure.ts';
import { isObject, textOf, type Json } from './json.ts';
import type { KubeObject } from './kube-object.ts';

export type Selector = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const TOKEN = /\s*(?<token>!=|==|[=!<>(),]|[^\s=!<>(),]+)/y;
const SYMBOLS = new Set(['!=', '==', '=', '!', '<', '>', '(', ')', ',']);

/** Objects whose labels meet every requirement; 400 where the selector cannot be read. */
export function labelSelector(text: string): Selector | Failure {
  const tokens = tokensOf(text);
  const requirements: Requirement[] = [];
  while (tokens.length > 0) {
    const requirement = takeRequirement(tokens);
    if (typeof requirement === 'string') return badRequest(requirement);
    requirements.push(requirement);
    if (tokens.length === 0) break;
    const separator = tokens.shift();
    if (separator !== ',') return badRequest(`found '${separator}', expected: ',' or 'end of string'`);
    if (tokens.length === 0) return badRequest("found '', expected: identifier after ','");
  }
  return ({ metadata: { labels = {} } }) => requirements.every((holds) => holds(labels));
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text))
    tokens.push(match.groups?.['token'] ?? '');
  return tokens;
}

/** The next requirement, taken off the tokens; or what is wrong with it. */
function takeRequirement(tokens: string[]): Requirement | string {
  const first = tokens.shift() ?? '';
  if (first === '!') {
    const key = tokens.shift() ?? '';
    return isWord(key) ? (labels) => labels[key] === undefined : `found '${key}', expected: identifier`;
  }
  if (!isWord(first)) return `found '${first}', expected: !, identifier, or 'end of string'`;
  const operator = tokens[0];
  if (operator === undefined || operator === ',') return (labels) => labels[first] !== undefined;
  tokens.shift();
  return takeComparison(first, operator, tokens);
}

function takeComparison(key: string, operator: string, tokens: string[]): Requirement | string {
  switch (operator) {
    case '=':
    case '==': {
      const value = takeValue(tokens);
      return (labels) => labels[key] === value;
    }
    case '!=': {
      const value = takeValue(tokens);
      return (labels) => labels[key] !== value;
    }
    case '<':
    case '>': {
      const bound = Number(takeValue(tokens));
      return (labels) => {
        const value = Number(labels[key] ?? Number.NaN);
        return operator === '<' ? value < bound : value > bound;
      };
    }
    case 'in':
    case 'notin': {
      const values = takeValues(tokens);
      if (typeof values === 'string') return values;
      return (labels) => values.has(labels[key]) === (operator === 'in');
    }
    default:
      return `unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt`;
  }
}

/** A value may be missing, which is the empty string. */
function takeValue(tokens: string[]): string {
  return isWord(tokens[0] ?? ',') ? (tokens.shift() ?? '') : '';
}

function takeValues(tokens: string[]): ReadonlySet<string | undefined> | string {
  const opening = tokens.shift() ?? '';
  if (opening !== '(') return `unable to parse requirement: found '${opening}' expected: '('`;
  const values = new Set<string>();
  for (;;) {
    values.add(takeValue(tokens));
    const next = tokens.shift() ?? '';
    if (next === ')') return values;
    if (next !== ',') return `unable to parse requirement: found '${next}', expected: ',' or ')'`;
  }
}

function isWord(token: string): boolean {
  return token !== '' && !SYMBOLS.has(token);
}

const FIELDS = new Set(['metadata.name', 'metadata.namespace']);
/** Those of the fields that the real server knows of one kind which a controller may well ask for. */
const KIND_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  Pod: new Set(['spec.nodeName', 'status.phase', 'status.podIP']),
};

/** Objects whose fields have the values; 400 for a field that cannot be selected by. */
export function fieldSelector(text: string, kind: string): Selector | Failure {
  const tests: Selector[] = [];
  for (const term of text.split(',').filter((each) => each !== '')) {
    const { field, operator, value } =
      /^(?<field>[^!=]+)(?<operator>!=|==?)(?<value>.*)$/.exec(term)?.groups ?? {};
    if (field === undefined) return badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    if (!FIELDS.has(field) && !KIND_FIELDS[kind]?.has(field))
      return badRequest(`field label not supported: ${field}`);
    tests.push((object) => (fieldOf(object, field) === value) === (operator !== '!='));
  }
  return (object) => tests.every((holds) => holds(object));
}

function fieldOf(object: KubeObject, path: string): string {
  const value = path
    .split('.')
    .reduce<Json | undefined>((part, key) => (isObject(part) ? part[key] : undefined), object);
  return textOf(value);
}
