// The Kubernetes objects in documents, each with its place. What is not one is told, so that no intent is passed over in silence.
import { z } from 'zod';
import { unreadableProblems } from '../../cluster/from-objects.ts';
import { API, API_GROUP, KIND } from '../../domain/api-group.ts';
import { withoutNulls } from '../../domain/kinds/absent.ts';
import { parseSpec } from '../../domain/egress-intent/intent.ts';
import { pathText, type Problem } from '../../domain/problem.ts';
import type { SourceDocument } from './documents.ts';
import type { Finding } from '../findings.ts';
import { metadataProblems, type PlacedProblem } from './intent-metadata.ts';
import { unknownFields } from './unknown-fields.ts';

/** A value, its document, and its path in the document. */
type Located = {
  readonly value: unknown;
  readonly document: SourceDocument;
  readonly path: readonly (string | number)[];
};

/** An object that has a kind. */
export type LocatedObject = Located & {
  readonly kind: string;
  readonly apiVersion: string;
  /** Empty for an object that has no name. */
  readonly name: string;
  readonly namespace: string;
  /** The object, with its namespace filled in. */
  readonly value: unknown;
};

type Objects = {
  readonly objects: readonly LocatedObject[];
  readonly findings: readonly Finding[];
  /** How many intents are not among the objects, since the API server would refuse their metadata. */
  readonly refusedIntents: number;
};

/** Lists are taken apart. `namespace` is that of objects that name none. */
export function objectsIn(documents: readonly SourceDocument[], namespace: string): Objects {
  return joined(
    documents
      .filter(({ value }) => value !== undefined && value !== null)
      .map((document) => objectsAt({ value: document.value, document, path: [] }, namespace)),
  );
}

const RawList = z.object({
  apiVersion: z.string(),
  kind: z.string().regex(/.List$|^List$/),
  items: z.array(z.unknown()).nullish(),
});

function objectsAt(located: Located, namespace: string): Objects {
  const { value, path } = located;
  const list = RawList.safeParse(value).data;
  if (list === undefined) return objectAt(located, namespace);
  const typed =
    list.kind === 'List' ? {} : { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') };
  return joined(
    (list.items ?? []).map((item, index) =>
      objectsAt(
        { ...located, value: isRecord(item) ? { ...typed, ...item } : item, path: [...path, 'items', index] },
        namespace,
      ),
    ),
  );
}

const joined = (parts: readonly Objects[]): Objects => ({
  objects: parts.flatMap(({ objects }) => objects),
  findings: parts.flatMap(({ findings }) => findings),
  refusedIntents: parts.reduce((sum, { refusedIntents }) => sum + refusedIntents, 0),
});

type Record = Readonly<{ [key: string]: unknown }>;

const isRecord = (value: unknown): value is Record =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectAt(located: Located, namespace: string): Objects {
  const { value } = located;
  if (!isRecord(value)) {
    return refused(located, [
      { path: [], message: 'this is not a Kubernetes object: begin with apiVersion and kind' },
    ]);
  }
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return withoutType(located, value);
  const isOurs = kind === KIND || apiVersion.startsWith(`${API_GROUP}/`);
  if (isOurs && (kind !== KIND || apiVersion !== API)) {
    const message = `${apiVersion} ${kind} is unknown: write apiVersion: ${API} and kind: ${KIND}`;
    return refused(located, [{ path: ['apiVersion'], message }], 'UnknownVersion');
  }
  const problems = isOurs ? [...metadataProblems(value), ...unknownFields(value)] : [];
  if (problems.length > 0) {
    const findings = [
      ...problems.map((problem) => problemOfIntent(located, problem, 'InvalidObject')),
      ...specProblems(value).map((problem) => problemOfIntent(located, problem, 'InvalidIntent')),
    ];
    return { objects: [], findings, refusedIntents: 1 };
  }
  const object = withIdentity(located, { ...value, apiVersion, kind }, namespace);
  return { objects: [object], findings: unreadableFindings(object), refusedIntents: 0 };
}

/** Of an intent whose metadata is wrong, so that one run tells both. */
function specProblems(value: Record): readonly Problem[] {
  const spec = parseSpec(value['spec'], '');
  return spec.ok ? [] : spec.error;
}

/** Settings of other programs, such as Helm's values, have neither metadata nor spec. */
function withoutType(located: Located, value: Record): Objects {
  const missing = ['apiVersion', 'kind'].filter((field) => typeof value[field] !== 'string');
  const unknown = refused(
    located,
    missing.map((field) => ({
      path: [field],
      message: `this is not a Kubernetes object, so it is passed over: ${field} ${(value[field] ?? null) === null ? 'is missing' : 'must be text'}`,
    })),
  );
  if (Object.hasOwn(value, 'metadata') || Object.hasOwn(value, 'spec')) return unknown;
  return {
    ...unknown,
    findings: unknown.findings.slice(0, 1).map((finding) => ({ ...finding, severity: 'note' })),
  };
}

const refused = (
  { document, path }: Located,
  problems: readonly Problem[],
  code = 'InvalidObject',
): Objects => ({
  objects: [],
  refusedIntents: 0,
  findings: problems.map((problem) => ({
    position: document.positionOf([...path, ...problem.path]),
    severity: 'error',
    code,
    message: problem.message,
  })),
});

/** The intent has no name as far as is known: that may be what is wrong. */
const problemOfIntent = (
  { document, path: ofObject }: Located,
  { path, at = path, message }: PlacedProblem,
  code: 'InvalidObject' | 'InvalidIntent',
): Finding => ({
  position: document.positionOf([...ofObject, ...at]),
  severity: 'error',
  code,
  object: { kind: KIND, namespace: '', name: '' },
  path: pathText(path),
  message,
});

const Identity = z.object({
  metadata: z.object({
    name: z.string().optional().catch(undefined),
    generateName: z.string().optional().catch(undefined),
    namespace: z.string().optional().catch(undefined),
  }),
});

function withIdentity(
  { document, path }: Located,
  value: Record & { readonly apiVersion: string; readonly kind: string },
  defaultNamespace: string,
): LocatedObject {
  const { apiVersion, kind } = value;
  const metadata = Identity.safeParse(withoutNulls(value)).data?.metadata ?? {};
  const name = metadata.name ?? metadata.generateName ?? '';
  const namespace = metadata.namespace || (kind === 'Namespace' ? '' : defaultNamespace);
  const identity = { ...(name === '' ? {} : { name }), ...(namespace === '' ? {} : { namespace }) };
  const named = isRecord(value['metadata'])
    ? { ...value, metadata: { ...value['metadata'], ...identity } }
    : value;
  return { document, path, apiVersion, kind, name, namespace, value: named };
}

/** One for each field that cannot be read, at its place. A place inside a text, such as MeshConfig, is that of the text. */
const unreadableFindings = ({
  value,
  kind,
  name,
  namespace,
  document,
  path,
}: LocatedObject): readonly Finding[] =>
  unreadableProblems(value).map((problem) => ({
    position: document.positionOf([...path, ...problem.path]),
    severity: 'error',
    code: 'UnreadableObject',
    object: { kind, namespace, name },
    path: pathText(problem.path),
    message: `cannot be read: ${problem.message}`,
  }));
