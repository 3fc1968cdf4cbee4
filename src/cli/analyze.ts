// Compiles the objects of files, with the same stores and compiler as the controller, and collects the findings.
import { assemble, type NamespaceObjects } from '../cluster/assemble.ts';
import { compile } from '../compile/compile.ts';
import { clusterFromObjects } from '../cluster/from-objects.ts';
import { KIND } from '../domain/api-group.ts';
import {
  diagnosticPath,
  findingSeverityOf,
  messageOf,
  type Diagnostic,
} from '../domain/egress-intent/diagnostics.ts';
import { pathText } from '../domain/problem.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { byEach, byNumber } from '../domain/order.ts';
import type { Settings } from '../domain/settings.ts';
import type { SourceDocument } from './input/documents.ts';
import type { Finding, FindingObject } from './findings.ts';
import { statusFindings, type StatusFinding } from './status-findings.ts';
import { objectsIn, type LocatedObject } from './input/objects.ts';
import { overlapFindings } from './overlapping-intents.ts';
import type { Compilation } from '../compile/compilation.ts';

export type Analysis = {
  /** One for each namespace that holds an intent, in order. */
  readonly compiled: readonly { readonly snapshot: Snapshot; readonly compilation: Compilation }[];
  /** The number of intents in the input, valid or not. */
  readonly intents: number;
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
  /**
   * What managed objects in the input are: `live`, the state that the controller would find, or `ignored`, so that the result holds every
   * object that should exist.
   */
  readonly managed: 'live' | 'ignored';
  /** True to add what the statuses of the intents would say. */
  readonly withStatuses: boolean;
  /** True if the result is used without a controller, which would see pods that are not in the input. */
  readonly withoutController?: boolean;
};

export function analyze(documents: readonly SourceDocument[], options: AnalyzeOptions): Analysis {
  const { objects, findings, refusedIntents } = objectsIn(documents, options.namespace);
  const intents = objects.filter(({ kind }) => kind === KIND);
  const duplicates = duplicatesAmong(intents);
  const isDuplicate = new Set(duplicates);
  const byTitle = new Map(
    intents.filter((each) => !isDuplicate.has(each)).map((intent) => [titleOf(intent), intent]),
  );
  const cluster = clusterFromObjects(
    objects.filter((each) => !isDuplicate.has(each)).map(({ value }) => value),
    options.istioNamespace,
  );
  const compiled = cluster.namespacesWithIntents().map((namespace) => {
    const inNamespace = cluster.objectsIn(namespace);
    const known = options.managed === 'live' ? inNamespace : withoutManaged(inNamespace);
    const snapshot = assemble(namespace, known, options.settings);
    return { snapshot, compilation: compile(snapshot) };
  });
  return {
    compiled,
    intents: intents.length + refusedIntents,
    findings: [
      ...documents.flatMap(sourceFindings),
      ...findings,
      ...duplicates.map((duplicate) => duplicateFinding(duplicate, byTitle)),
      ...compiled.flatMap(({ compilation }) =>
        compilation.diagnostics.flatMap((diagnostic) =>
          diagnosticFindings(diagnostic, compilation.namespace, byTitle, options),
        ),
      ),
      ...compiled.flatMap(({ snapshot, compilation }) =>
        [
          ...(options.withStatuses ? statusFindings(snapshot, compilation, inputOf(options)) : []),
          ...(options.withoutController === true ? overlapFindings(snapshot, compilation) : []),
        ].flatMap((finding) => positioned(finding, `${compilation.namespace}/${finding.intent}`, byTitle)),
      ),
    ].toSorted(byPosition(documents)),
  };
}

/** In the order of the files on the command line, each from top to bottom. */
function byPosition(documents: readonly SourceDocument[]): (a: Finding, b: Finding) => number {
  const files = new Set(documents.map(({ positionOf }) => positionOf([]).file));
  const order = new Map([...files].map((file, index) => [file, index]));
  return byEach<Finding>(
    byNumber(({ position }) => order.get(position.file) ?? -1),
    byNumber(({ position }) => position.line),
    byNumber(({ position }) => position.column),
  );
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

const titleOf = ({ namespace, name }: LocatedObject): string => `${namespace}/${name}`;

/** By `namespace/name`. */
type IntentsByTitle = ReadonlyMap<string, LocatedObject>;

/** All intents but the first of each name. */
function duplicatesAmong(intents: readonly LocatedObject[]): readonly LocatedObject[] {
  return [...Map.groupBy(intents, titleOf).values()].flatMap(([, ...others]) => others);
}

const nameOf = ({ document, path }: LocatedObject): Finding['position'] =>
  document.positionOf([...path, 'metadata', 'name']);

/** Names the place of the first one too. */
function duplicateFinding(intent: LocatedObject, intents: IntentsByTitle): Finding {
  const position = nameOf(intent);
  const title = titleOf(intent);
  const first = intents.get(title);
  const { file, line } = first === undefined ? position : nameOf(first);
  const message = `is defined twice, first at ${file}:${line}: rename or remove one`;
  return { position, severity: 'error', code: 'Duplicate', object: identityOf(intent), message };
}

/** At the name of the intent: the cause is no field of it. */
function positioned(
  { intent: _name, ...finding }: StatusFinding,
  title: string,
  intents: IntentsByTitle,
): readonly Finding[] {
  const intent = intents.get(title);
  if (intent === undefined) return [];
  const position = intent.document.positionOf([...intent.path, 'metadata', 'name']);
  return [{ ...finding, position, object: identityOf(intent) }];
}

const identityOf = ({ kind, namespace, name }: LocatedObject): FindingObject => ({ kind, namespace, name });

const inputOf = ({ complete }: AnalyzeOptions): 'complete' | 'default' => (complete ? 'complete' : 'default');

function diagnosticFindings(
  diagnostic: Diagnostic,
  namespace: string,
  intents: IntentsByTitle,
  options: AnalyzeOptions,
): readonly Finding[] {
  const title = `${namespace}/${diagnostic.intent}`;
  const intent = intents.get(title);
  if (intent === undefined) return [];
  const object = identityOf(intent);
  const positionAt = (path: LocatedObject['path']) => intent.document.positionOf([...intent.path, ...path]);
  if (diagnostic.code === 'InvalidIntent') {
    return diagnostic.problems.map(({ path, message }) => ({
      position: positionAt(path),
      severity: 'error',
      code: diagnostic.code,
      object,
      path: pathText(path),
      message,
    }));
  }
  const path = diagnosticPath(diagnostic);
  return [
    {
      position: positionAt(path),
      severity: findingSeverityOf(diagnostic.code, inputOf(options)),
      code: diagnostic.code,
      object,
      path: pathText(path),
      message: messageOf(diagnostic),
    },
  ];
}
