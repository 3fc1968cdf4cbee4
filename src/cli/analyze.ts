// Compiles the objects of files, with the same stores and compiler as the controller, and collects the findings.
import { z } from 'zod';
import { assemble, type NamespaceObjects } from '../cluster/assemble.ts';
import { compile } from '../compile/compile.ts';
import { clusterFromObjects } from '../cluster/from-objects.ts';
import { API, API_GROUP, KIND } from '../domain/api-group.ts';
import { SEVERITIES } from '../domain/egress-intent/diagnostic-row.ts';
import {
  diagnosticPath,
  messageOf,
  severityOf,
  type Diagnostic,
} from '../domain/egress-intent/diagnostics.ts';
import { pathText } from '../domain/problem.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { byEach, byNumber } from '../domain/order.ts';
import type { Settings } from '../domain/settings.ts';
import type { SourceDocument } from './documents.ts';
import type { Finding } from './findings.ts';
import { unreadableFindings } from './unreadable-findings.ts';
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
  /** For objects that name no namespace. */
  readonly namespace: string;
  /** True if the input is the whole cluster, so that what is not in it does not exist. */
  readonly complete: boolean;
};

const RawObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().nullish() }),
});
type RawObject = z.infer<typeof RawObject>;

const RawList = z.looseObject({ kind: z.string().regex(/List$/), items: z.array(z.unknown()).nullish() });

/** An object, its document, and its path in the document. */
type LocatedObject = {
  readonly object: RawObject;
  readonly document: SourceDocument;
  readonly path: readonly (string | number)[];
};

/** Managed objects in the input are ignored, so that the result holds every object that should exist. */
export function analyze(documents: readonly SourceDocument[], options: AnalyzeOptions): Analysis {
  const located = documents.flatMap((document) => objectsOf(document, document.value, [], options.namespace));
  const intents = located.filter(isIntent);
  const duplicates = duplicatesAmong(intents);
  const cluster = clusterFromObjects(
    located.filter((each) => !duplicates.includes(each)).map(({ object }) => object),
    options.istioNamespace,
  );
  const compiled = cluster.namespacesWithIntents().map((namespace) => {
    const snapshot = assemble(namespace, withoutManaged(cluster.objectsIn(namespace)), options.settings);
    return { snapshot, compilation: compile(snapshot) };
  });
  return {
    compiled,
    findings: [
      ...documents.flatMap(sourceFindings),
      ...located.flatMap(versionFindings),
      ...located.flatMap(unreadableFindings),
      ...duplicates.map(duplicateFinding),
      ...compiled.flatMap(({ compilation }) =>
        compilation.diagnostics.flatMap((diagnostic) =>
          diagnosticFindings(diagnostic, compilation.namespace, intents, options),
        ),
      ),
    ].toSorted(byPosition(documents)),
  };
}

/** In the order of the files on the command line, each from top to bottom. */
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
    return (list.items ?? []).flatMap((item, index) =>
      objectsOf(document, item, [...path, 'items', index], namespace),
    );
  }
  const object = RawObject.safeParse(value).data;
  return object === undefined ? [] : [{ document, path, object: withNamespace(object, namespace) }];
}

function withNamespace(object: RawObject, namespace: string): RawObject {
  if ((object.metadata.namespace ?? '') !== '' || object.kind === 'Namespace') return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function withoutManaged(objects: NamespaceObjects): NamespaceObjects {
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

const sourceFindings = ({ problems }: SourceDocument): readonly Finding[] =>
  problems.map((problem) => ({ ...problem, severity: 'error' }));

/** Reports objects of the EgressIntent API in an unknown version, which would otherwise be skipped in silence. */
function versionFindings(located: LocatedObject): readonly Finding[] {
  const { object, document, path } = located;
  const isOurApi = object.kind === KIND || object.apiVersion.startsWith(`${API_GROUP}/`);
  if (!isOurApi || isIntent(located)) return [];
  const position = document.positionOf([...path, 'apiVersion']);
  const message = `${object.apiVersion} ${object.kind} is unknown: write apiVersion: ${API} and kind: ${KIND}`;
  return [{ position, severity: 'error', code: 'UnknownVersion', message }];
}

const titleOf = ({ object: { metadata } }: LocatedObject): string => `${metadata.namespace}/${metadata.name}`;

const isIntent = ({ object }: LocatedObject): boolean => object.kind === KIND && object.apiVersion === API;

/** All intents but the first of each name. */
function duplicatesAmong(intents: readonly LocatedObject[]): readonly LocatedObject[] {
  return [...Map.groupBy(intents, titleOf).values()].flatMap(([, ...others]) => others);
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
  const intent = intents.find((candidate) => titleOf(candidate) === title);
  if (intent === undefined) return [];
  const positionAt = (path: LocatedObject['path']) => intent.document.positionOf([...intent.path, ...path]);
  if (diagnostic.code === 'InvalidIntent') {
    return diagnostic.problems.map(({ path, message }) => ({
      position: positionAt(path),
      severity: 'error',
      code: diagnostic.code,
      message: `${KIND} ${title}: ${pathText(path)}: ${message}`,
    }));
  }
  const path = diagnosticPath(diagnostic);
  const message = `${KIND} ${title}: ${pathText(path)}: ${messageOf(diagnostic)}`;
  return [
    {
      position: positionAt(path),
      severity: SEVERITIES[severityOf(diagnostic)].finding[complete ? 'complete' : 'default'],
      code: diagnostic.code,
      message,
    },
  ];
}
