// The value of a YAML document as kubectl and istiod read it: merge keys, aliases, and scalars of YAML 1.1. What they refuse is a problem,
// and so is what they read in a way that an author cannot mean. Source: go.yaml.in/yaml/v2 decode.go.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { plainScalar, type PlainScalar } from './yaml-scalars.ts';

/** `offset` counts from the start of the file. */
export type YamlProblem = { readonly offset: number; readonly message: string };

/** What a key means that a mapping has twice. An author cannot mean it, but istiod takes the last value. */
export type RepeatedKeys = 'refused' | 'last counts';

type Reading = {
  readonly repeatedKeys: RepeatedKeys;
  /** What each alias stands for: the last node before it with its anchor. */
  readonly targets: ReadonlyMap<Alias, unknown>;
  readonly problems: YamlProblem[];
  /** The aliases that are being expanded. */
  readonly expanding: Set<Alias>;
  /** Nodes read so far, and those among them that were reached through an alias. */
  nodes: number;
  aliased: number;
};

/** The value is of no use if there are problems. */
export function valueOf(
  document: Document,
  repeatedKeys: RepeatedKeys,
): {
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
} {
  const { targets, misnamed } = anchorsOf(document);
  const reading: Reading = {
    repeatedKeys,
    targets,
    problems: [],
    expanding: new Set(),
    nodes: 0,
    aliased: 0,
  };
  for (const node of misnamed)
    report(node, 'kubectl reads other anchors than letters, digits, - and _ otherwise', reading);
  return { value: read(document.contents, reading), problems: reading.problems };
}

function anchorsOf(document: Document): {
  readonly targets: Reading['targets'];
  readonly misnamed: readonly unknown[];
} {
  const anchors = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  const misnamed: unknown[] = [];
  visit(document, {
    Alias: (_key, alias) => void targets.set(alias, anchors.get(alias.source)),
    Value: (_key, node) => {
      if (node.anchor === undefined) return;
      anchors.set(node.anchor, node);
      if (!/^[-_0-9A-Za-z]+$/.test(node.anchor)) misnamed.push(node);
    },
  });
  return { targets, misnamed };
}

function read(node: unknown, reading: Reading): unknown {
  reading.nodes += 1;
  if (reading.expanding.size > 0) reading.aliased += 1;
  if (isAlias(node)) return expanded(node, reading, (target) => read(target, reading));
  if (isMap(node)) return Object.fromEntries(fieldsOf(node, reading));
  if (isSeq(node)) return node.items.map((item) => read(item, reading));
  if (!isScalar(node)) return null;
  const value = scalarOf(node, reading);
  if (value.kind === 'integer') return Number(value.value);
  if (Number.isNaN(value.value)) report(node, `${textOf(node)} is no number that JSON can hold`, reading);
  return value.value;
}

/** Like kubectl, a merge takes precedence over fields above it and not over those below it. */
function fieldsOf(map: YAMLMap, reading: Reading): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  const own = new Set<string>();
  for (const { key, value } of map.items) {
    if (isMergeKey(key)) {
      for (const [name, merged] of mergedFields(value, reading)) fields.set(name, merged);
      continue;
    }
    const name = keyOf(key, map, reading);
    if (name === undefined) continue;
    if (own.has(name) && reading.repeatedKeys === 'refused')
      report(key, `the key ${name} is given twice: remove one`, reading);
    own.add(name);
    fields.set(name, read(value, reading));
  }
  return fields;
}

const isMergeKey = (key: unknown): boolean =>
  isScalar(key) && key.type === 'PLAIN' && key.value === '<<' && (key.tag ?? MERGE_TAG) === MERGE_TAG;

/** Of several mappings the first takes precedence. */
function mergedFields(node: unknown, reading: Reading): ReadonlyMap<string, unknown> {
  if (isAlias(node)) {
    return (
      expanded(node, reading, (target) =>
        isMap(target) ? fieldsOf(target, reading) : unmergeable(node, reading),
      ) ?? new Map<string, unknown>()
    );
  }
  if (isMap(node)) return fieldsOf(node, reading);
  if (!isSeq(node) || node.items.some(isSeq)) return unmergeable(node, reading);
  return new Map(node.items.toReversed().flatMap((item) => [...mergedFields(item, reading)]));
}

function unmergeable(node: unknown, reading: Reading): ReadonlyMap<string, unknown> {
  report(node, '<< merges mappings only: give it a mapping, an alias of one, or a list of those', reading);
  return new Map();
}

function expanded<T>(alias: Alias, reading: Reading, readTarget: (target: unknown) => T): T | undefined {
  const target = reading.targets.get(alias);
  if (target === undefined) {
    report(
      alias,
      `alias *${alias.source} has no anchor &${alias.source} before it: if it is meant as text, write it in quotes`,
      reading,
    );
  }
  if (reading.problems.length > 0) return undefined; // the value is of no use, and may be endless
  if (reading.expanding.has(alias)) report(alias, `anchor &${alias.source} contains itself`, reading);
  else if (isExcessive(reading))
    report(alias, 'the aliases of this document expand to too much: write it out', reading);
  else {
    reading.expanding.add(alias);
    const value = readTarget(target);
    reading.expanding.delete(alias);
    return value;
  }
  return undefined;
}

const FREE_NODES = 400_000;
const MOST_NODES = 4_000_000;

/** The limit of kubectl: up to 99 % of a small document may come from aliases, and 10 % of a large one. */
function isExcessive({ nodes, aliased }: Reading): boolean {
  const size = Math.min(1, Math.max(0, (nodes - FREE_NODES) / (MOST_NODES - FREE_NODES)));
  return aliased > 100 && nodes > 1000 && aliased / nodes > 0.99 - 0.89 * size;
}

/** The text of a key; numbers and booleans as JSON writes them. */
function keyOf(key: unknown, map: YAMLMap, reading: Reading): string | undefined {
  reading.nodes += 1;
  const target = isAlias(key) ? expanded(key, reading, (node) => node) : key;
  const scalar = isScalar(target) ? scalarOf(target, reading) : undefined;
  if (scalar === undefined || scalar.kind === 'null' || scalar.kind === 'float') {
    report(
      isScalar(key) || isMap(key) || isSeq(key) ? key : map,
      'a key must be text: put it in quotes',
      reading,
    );
    return undefined;
  }
  return String(scalar.value);
}

const TAG = 'tag:yaml.org,2002:';
const MERGE_TAG = `${TAG}merge`;
const KIND_OF_TAG: ReadonlyMap<string, PlainScalar['kind']> = new Map([
  [`${TAG}bool`, 'boolean'],
  [`${TAG}int`, 'integer'],
  [`${TAG}float`, 'float'],
  [`${TAG}null`, 'null'],
]);
/** Tags that change a text into another one, or whose meaning differs from parser to parser. */
const REFUSED_TAGS: ReadonlySet<string> = new Set(['!', `${TAG}binary`, `${TAG}timestamp`, MERGE_TAG]);

/** A scalar with a tag that kubectl does not know is text. */
function scalarOf(scalar: Scalar, reading: Reading): PlainScalar {
  const value = textOf(scalar);
  const { tag } = scalar;
  if (tag === undefined) return scalar.type === 'PLAIN' ? plainScalar(value) : { kind: 'text', value };
  const kind = KIND_OF_TAG.get(tag);
  if (kind === undefined && !REFUSED_TAGS.has(tag)) return { kind: 'text', value };
  const resolved = plainScalar(value);
  if (kind === resolved.kind) return resolved;
  if (kind === 'float' && resolved.kind === 'integer') return { kind, value: Number(resolved.value) };
  report(scalar, `${value} cannot have the tag ${tag.replace(TAG, '!!')}: remove the tag`, reading);
  return { kind: 'text', value };
}

const textOf = ({ value }: Scalar): string => (typeof value === 'string' ? value : '');

function report(node: unknown, message: string, { problems }: Reading): void {
  const offset =
    (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined) ?? 0;
  problems.push({ offset, message });
}
