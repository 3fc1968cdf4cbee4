// The layers of src, from the inside out: a file imports its own layer or one further in, and only some may know a library.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
const LAYERS = ['domain', 'compile', 'kubernetes', 'controller', 'cli'];

/** What a layer may import from outside of src. The pure layers get nothing that can do I/O. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  domain: ['zod', 'ipaddr.js', 'yaml'],
  compile: ['zod', 'node:crypto', 'node:util'],
  kubernetes: [
    'zod',
    '@kubernetes/client-node',
    'undici',
    'node:crypto',
    'node:stream',
    'node:timers/promises',
    'node:util',
  ],
  controller: ['zod', 'p-queue', 'pino', 'prom-client', 'node:http', 'node:net'],
  cli: ['zod', 'commander', 'yaml', 'node:fs/promises', 'node:path', 'node:stream/consumers'],
};

/** What pure code may not touch: clocks, chance, the environment, output. */
const IMPURE = /\b(Date\.now|new Date\(\)|Math\.random|process\.|console\.|setTimeout|performance\.)/;

type Import = { readonly file: string; readonly target: string };

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const contentOf = (file: string): string => readFileSync(join(SRC, file), 'utf8');
const layerOf = (file: string): string => file.split('/')[0] ?? '';

const imports: readonly Import[] = files.flatMap((file) =>
  [...contentOf(file).matchAll(/(?:from|import|import\()\s*'([^']+)'/g)].map(([, target = '']) => ({
    file,
    target,
  })),
);

describe('architecture', () => {
  test('every file is in a layer', () => {
    expect(files.filter((file) => !LAYERS.includes(layerOf(file)))).toEqual([]);
  });

  test('a file imports only its own layer or one further in', () => {
    const outward = imports.filter(({ file, target }) => {
      if (!target.startsWith('.')) return false;
      const imported = relative(SRC, resolve(SRC, dirname(file), target));
      if (imported === '../package.json') return layerOf(file) !== 'cli';
      return LAYERS.indexOf(layerOf(imported)) > LAYERS.indexOf(layerOf(file)) || !files.includes(imported);
    });
    expect(outward).toEqual([]);
  });

  test('a layer imports only the packages that are its own', () => {
    const foreign = imports.filter(
      ({ file, target }) => !target.startsWith('.') && !PACKAGES[layerOf(file)]?.includes(target),
    );
    expect(foreign).toEqual([]);
  });

  test('the pure layers touch no clock, no chance, no environment and no output', () => {
    const pure = files.filter((file) => ['domain', 'compile'].includes(layerOf(file)));
    expect(pure.filter((file) => IMPURE.test(contentOf(file)))).toEqual([]);
  });

  test('no file is named after nothing', () => {
    expect(files.filter((file) => /utils?|helpers?|common|manager|misc/.test(file))).toEqual([]);
  });
});
