// The compiler over files: reads objects, compiles each namespace that holds an intent, and finds what is wrong with them.
import { z } from 'zod';
import { assemble, type NamespaceObjects } from '../cluster/assemble.ts';
import { compile } from '../compile/compile.ts';
import { clusterFromObjects } from '../cluster/from-objects.ts';
import { API, API_GROUP, KIND } from '../domain/api-group.ts';
import { diagnosticPath, severityOf, type Diagnostic } from '../domain/egress-intent/diagnostic.ts';
import { messageOf, pathText } from '../domain/egress-intent/messages.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { byEach, byNumber } from '../domain/order.ts';
import type { Settings } from '../domain/settings.ts';
import type { SourceDocument } from './documents.ts';
import type { Finding } from './findings.ts';
import type { Compilation } from '../compile/compilation.ts';

export type Analysis = {
  /** One for each namespace that holds an intent, in order. */
  readonly compiled: readonly { readonly snapshot: Snapshot; readonly compilation: Compilation }[];
  /** In the order of the input. */
  readonly findings: readonly Finding[];
};

type AnalyzeOptions = {
  readonly settings: Settings;
  /** Where istiod and its MeshConfig are. */
  readonly istioNamespace: string;
  /** For objects without a namespace of their own. */
  readonly namespace: string;
  /** Whether the input is the whole cluster, so that what it does not hold does not exist. */
  readonly complete: boolean;
};

const RawObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
type RawObject = z.infer<typeof RawObject>;

const RawList = z.looseObject({ kind: z.string().regex(/List$/), items: z.array(z.unknown()) });

/** An object and where it stands: in which document, and below which path of it. */
type LocatedObject = {
  readonly object: RawObject;
  readonly document: SourceDocument;
  readonly path: readonly (string | number)[];
};

/** What the input holds of our own making is left out, so that the answer is the whole of what should stand. */
export function analyze(documents: readonly SourceDocument[], options: AnalyzeOptions): Analysis {
  const placed = documents.flatMap((document) => objectsOf(document, document.value, [], options.namespace));
  const intents = placed.filter(isIntent);
  const again = duplicatesAmong(intents);
  const cluster = clusterFromObjects(
    placed.filter((one) => !again.includes(one)).map(({ object }) => object),
    options.istioNamespace,
  );
  const compiled = cluster.namespacesWithIntents().map((namespace) => {
    const snapshot = assemble(namespace, withoutOurs(cluster.objectsIn(namespace)), options.settings);
    return { snapshot, compilation: compile(snapshot) };
  });
  return {
    compiled,
    findings: [
      ...documents.flatMap(syntaxFindings),
      ...placed.flatMap(versionFindings),
      ...again.map(duplicateFinding),
      ...compiled.flatMap(({ compilation }) =>
        compilation.diagnostics.flatMap((diagnostic) =>
          diagnosticFindings(diagnostic, compilation.namespace, intents, options),
        ),
      ),
    ].toSorted(byPosition(documents)),
  };
}

/** Files as they were given, each from top to bottom. */
function byPosition(documents: readonly SourceDocument[]): (a: Finding, b: Finding) => number {
  const files = [...new Set(documents.map(({ positionOf }) => positionOf([]).file))];
  return byEach<Finding>(
    byNumber(({ position }) => files.indexOf(position.file)),
    byNumber(({ position }) => position.line),
    byNumber(({ position }) => position.column),
  );
}

function objectsOf(
  document: SourceDocument,
  value: unknown,
  path: LocatedObject['path'],
  namespace: string,
): readonly LocatedObject[] {
  const list = RawList.safeParse(value).data;
  if (list !== undefined) {
    return list.items.flatMap((item, index) =>
      objectsOf(document, item, [...path, 'items', index], namespace),
    );
  }
  const object = RawObject.safeParse(value).data;
  return object === undefined ? [] : [{ document, path, object: withNamespace(object, namespace) }];
}

function withNamespace(object: RawObject, namespace: string): RawObject {
  if (object.metadata.namespace !== undefined || object.kind === 'Namespace') return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function withoutOurs(objects: NamespaceObjects): NamespaceObjects {
  return {
    ...objects,
    sidecars: objects.sidecars.filter(({ managed }) => !managed),
    serviceEntries: objects.serviceEntries.filter(({ managed }) => !managed),
    cluster: {
      ...objects.cluster,
      serviceEntries: (namespace, host) =>
        objects.cluster.serviceEntries(namespace, host).filter(({ managed }) => !managed),
    },
  };
}

const syntaxFindings = ({ syntaxErrors }: SourceDocument): readonly Finding[] =>
  syntaxErrors.map(({ position, message }) => ({ position, severity: 'error', code: 'Syntax', message }));

/** An object of our kind in a version that we do not know would otherwise be passed over in silence. */
function versionFindings(placed: LocatedObject): readonly Finding[] {
  const { object, document, path } = placed;
  const ours = object.kind === KIND || object.apiVersion.startsWith(`${API_GROUP}/`);
  if (!ours || isIntent(placed)) return [];
  const position = document.positionOf([...path, 'apiVersion']);
  const message = `${object.apiVersion} ${object.kind} is not known: write apiVersion: ${API} and kind: ${KIND}`;
  return [{ position, severity: 'error', code: 'UnknownVersion', message }];
}

const titleOf = ({ object: { metadata } }: LocatedObject): string => `${metadata.namespace}/${metadata.name}`;

const isIntent = ({ object }: LocatedObject): boolean => object.kind === KIND && object.apiVersion === API;

/** Of the intents that share a name, all but the first. */
function duplicatesAmong(intents: readonly LocatedObject[]): readonly LocatedObject[] {
  return [...Map.groupBy(intents, titleOf).values()].flatMap(([, ...again]) => again);
}

function duplicateFinding(intent: LocatedObject): Finding {
  const position = intent.document.positionOf([...intent.path, 'metadata', 'name']);
  const message = `${KIND} ${titleOf(intent)} is defined twice: rename or remove one`;
  return { position, severity: 'error', code: 'Duplicate', message };
}

function diagnosticFindings(
  diagnostic: Diagnostic,
  namespace: string,
  intents: readonly LocatedObject[],
  { complete }: AnalyzeOptions,
): readonly Finding[] {
  const title = `${namespace}/${diagnostic.intent}`;
  const intent = intents.find((placed) => titleOf(placed) === title);
  if (intent === undefined) return [];
  const at = (path: LocatedObject['path']) => intent.document.positionOf([...intent.path, ...path]);
  if (diagnostic.code === 'InvalidIntent') {
    return diagnostic.problems.map(({ path, message }) => ({
      position: at(path),
      severity: 'error',
      code: diagnostic.code,
      message: `${KIND} ${title}: ${pathText(path)}: ${message}`,
    }));
  }
  const path = diagnosticPath(diagnostic);
  const message = `${KIND} ${title}: ${pathText(path)}: ${messageOf(diagnostic)}`;
  return [
    { position: at(path), severity: findingSeverity(diagnostic, complete), code: diagnostic.code, message },
  ];
}

function findingSeverity(diagnostic: Diagnostic, complete: boolean): Finding['severity'] {
  const severity = severityOf(diagnostic);
  if (severity === 'refused') return 'error';
  if (severity === 'warning' || severity === 'overridden') return 'warning';
  return complete ? 'error' : 'note';
}
