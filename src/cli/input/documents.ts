// The documents of files, and the position of every value in the text.
import { isMap, isNode, LineCounter, type Document } from 'yaml';
import { readFiles, type SourceFile } from './files.ts';
import { decodedText, parsedDocuments, type ParsedDocument } from './source-text.ts';
import type { YamlProblem } from '../../domain/yaml/yaml-values.ts';

export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** One document of a file; `value` is undefined if it cannot be read. */
export type SourceDocument = {
  readonly value: unknown;
  /** The position of the value at a path, or of the nearest value around it. Lines and columns count from 1. */
  readonly positionOf: (path: readonly (string | number)[]) => Position;
  readonly problems: readonly {
    readonly position: Position;
    readonly code: 'Syntax' | 'Unreadable';
    readonly message: string;
  }[];
};

/** Every document, in the order of `readFiles`. A file that cannot be read is a document with a problem. */
export async function readDocuments(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<readonly SourceDocument[]> {
  const files = await readFiles(paths, stdin);
  return files.flatMap((source) =>
    source.kind === 'read' ? documentsOf(source.file, source.bytes) : [unreadable(source)],
  );
}

function unreadable({ file, why }: Extract<SourceFile, { readonly kind: 'unreadable' }>): SourceDocument {
  const position = { file, line: 1, column: 1 };
  return {
    value: undefined,
    positionOf: () => position,
    problems: [{ position, code: 'Unreadable', message: `this cannot be read: ${why}` }],
  };
}

/** Instead of everything that is wrong with it as YAML. */
const TEMPLATE =
  'this is a template and not yet YAML: render it first, for example with helm template, and check the result';

function documentsOf(file: string, bytes: Uint8Array): readonly SourceDocument[] {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const { text, problems: undecoded } = decodedText(bytes);
  const problems = [...undecoded];
  const documents = parsedDocuments(text, lines, file.toLowerCase().endsWith('.json'));
  const located = (problem: YamlProblem): SourceDocument['problems'][number] => ({
    position: at(problem.offset),
    code: 'Syntax',
    message: problem.message,
  });
  const [firstProblem] = documents.flatMap((parsed) => parsed.problems);
  const template = firstProblem === undefined ? -1 : text.search(/^[^'"#\n]*\{\{.*\}\}/m);
  if (template >= 0) problems.push({ offset: template, message: TEMPLATE });
  if (problems.length > 0) {
    return [{ value: undefined, positionOf: () => at(0), problems: problems.map(located) }];
  }
  return documents.map((parsed: ParsedDocument) => ({
    value: parsed.problems.length > 0 ? undefined : parsed.value,
    positionOf: (path) => at(offsetOf(parsed.document, path)),
    problems: parsed.problems.map(located),
  }));
}

function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return keyOffset(document, path.slice(0, length)) ?? node.range[0];
  }
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

/** For a value of a mapping the position of its key, where its author looks first. */
function keyOffset(document: Document, path: readonly (string | number)[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isNode(key) && key.toJSON() === path.at(-1));
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}
