// Reads Kubernetes objects from files, folders and standard input, and keeps the position of every value in the text.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isMap, isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';

export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** One document of a file; `value` is undefined if it cannot be parsed. */
export type SourceDocument = {
  readonly value: unknown;
  /** The position of the value at a path, or of the nearest value around it. Lines and columns count from 1. */
  readonly positionOf: (path: readonly (string | number)[]) => Position;
  readonly syntaxErrors: readonly { readonly position: Position; readonly message: string }[];
};

/** A file or folder that does not exist or cannot be read. */
export class UnreadableError extends Error {}

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** Reads every document, files of a folder in order of name; `-` is standard input. Throws `UnreadableError`. */
export async function readDocuments(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<readonly SourceDocument[]> {
  const documents: SourceDocument[] = [];
  for (const path of paths) {
    if (path === '-') documents.push(...parse('<stdin>', await text(stdin)));
    else for (const file of await filesOf(path)) documents.push(...parse(file, await contentOf(file)));
  }
  return documents;
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => EXTENSIONS.some((extension) => name.endsWith(extension)))
    .toSorted()
    .map((name) => join(path, name));
}

const contentOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => unreadable(file, error));

function unreadable(path: string, error: unknown): never {
  throw new UnreadableError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
}

function parse(file: string, content: string): readonly SourceDocument[] {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const documents = parseAllDocuments(content, { lineCounter: lines });
  if ('empty' in documents) return [];
  return documents.map((document) => ({
    value: document.errors.length > 0 ? undefined : document.toJS(),
    positionOf: (path) => at(offsetOf(document, path)),
    syntaxErrors: document.errors.map(({ pos, message }) => ({
      position: at(pos[0]),
      message: message.split('\n')[0] ?? message,
    })),
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
