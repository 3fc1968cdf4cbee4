// The files that a command reads: those named on the command line, and those in the folders named there.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { escaped } from '../../domain/text.ts';

/** A file and its bytes, or why it cannot be read. */
export type SourceFile =
  | { readonly kind: 'read'; readonly file: string; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly file: string; readonly why: string };

/** A path of the command line that does not exist or cannot be read. */
export class UnreadableError extends Error {}

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** Files of a folder in order of name; `-` is standard input. Throws `UnreadableError` for what the command line names. */
export async function readFiles(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    if (path === '-') files.push({ kind: 'read', file: '<stdin>', bytes: await buffer(stdin) });
    else files.push(...(await filesAt(path)));
  }
  return files;
}

async function filesAt(path: string): Promise<readonly SourceFile[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [{ kind: 'read', file: path, bytes: await readFile(path) }];
  } catch (error) {
    throw new UnreadableError(escaped(`${path} cannot be read: ${causeOf(error)}`));
  }
  const found = await filesIn(path, '');
  const inOrder = found.toSorted(({ name: a }, { name: b }) => (a < b ? -1 : 1));
  return Promise.all(inOrder.map(({ name, why }) => readIn(join(path, name), why)));
}

type Found = {
  /** Relative to the folder of the command line. */
  readonly name: string;
  /** Why it cannot be read, if it cannot. */
  readonly why?: string;
};

/**
 * Every file that holds objects by its name, however deep. Hidden files and folders are passed over: they belong to other programs, such as
 * `.git`, or hold the same files once more, as `..data` of a mounted ConfigMap.
 */
async function filesIn(folder: string, below: string): Promise<readonly Found[]> {
  try {
    const entries = await readdir(join(folder, below), { withFileTypes: true });
    const found = await Promise.all(
      entries
        .filter(({ name }) => !name.startsWith('.'))
        .map(async (entry): Promise<readonly Found[]> => {
          const name = join(below, entry.name);
          if (entry.isDirectory()) return filesIn(folder, name);
          return EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension)) ? [{ name }] : [];
        }),
    );
    return found.flat();
  } catch (error) {
    return [{ name: below, why: causeOf(error) }];
  }
}

async function readIn(file: string, why: string | undefined): Promise<SourceFile> {
  if (why !== undefined) return { kind: 'unreadable', file, why };
  try {
    const found = await stat(file);
    if (!found.isFile()) return { kind: 'unreadable', file, why: 'this is not a regular file' };
    return { kind: 'read', file, bytes: await readFile(file) };
  } catch (error) {
    return { kind: 'unreadable', file, why: causeOf(error, IN_FOLDER) };
  }
}

type Causes = Readonly<Record<string, string>>;

/** By the code of the error of the system. */
const CAUSES: Causes = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you have no permission to read it',
  EPERM: 'you have no permission to read it',
  ENOTDIR: 'there is no such file, since a part of its path is a file and no folder',
  ENAMETOOLONG: 'its name is longer than a name can be',
  ELOOP: 'it is a symbolic link that leads back to itself',
};

/** A file that a folder lists is there, but may lead to one that is not. */
const IN_FOLDER: Causes = { ENOENT: 'it is a symbolic link to a file that does not exist' };

const causeOf = (error: unknown, causes: Causes = {}): string => {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return causes[code] ?? CAUSES[code] ?? error.message;
};
