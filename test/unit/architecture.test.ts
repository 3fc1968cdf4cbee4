// The rooms of src, from the inside out: a file imports its own room or one further in, and only some rooms may know a library.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** Each room imports only itself and those before it. CONTRIBUTING.md says what each is for. */
const ROOMS = ['domain', 'cluster', 'compile', 'plan', 'status', 'access', 'kubernetes', 'controller', 'cli'];

/** A room that is kept from some of the rooms before it. */
const ONLY: Readonly<Record<string, readonly string[]>> = { kubernetes: ['domain', 'cluster'] };

/** The order inside compile: folders, and single files of the room itself. */
const COMPILE = [
  ['lost-intents.ts', 'held-entries.ts', 'scopes.ts', 'object-names.ts', 'desired.ts'],
  ['mesh'],
  ['grants'],
  ['sidecar'],
  ['routes'],
  ['scope-sidecar.ts'],
  ['interference'],
  ['affecting-grants.ts', 'displacement.ts', 'service-entry-bounds.ts'],
  ['admit-grants.ts'],
  ['compilation.ts', 'compile.ts'],
];

/** What a room may import from outside of src. The pure rooms get nothing that can do I/O. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  domain: ['zod', 'ipaddr.js', 'yaml'],
  cluster: ['zod', 'node:util'],
  compile: ['node:crypto'],
  plan: ['node:util'],
  status: ['node:util'],
  access: [],
  kubernetes: [
    'zod',
    '@kubernetes/client-node',
    'undici',
    'node:fs/promises', // the token of a service account
    'node:stream',
    'node:timers/promises',
    'node:util',
  ],
  controller: [
    'zod',
    'p-queue',
    'pino',
    'prom-client',
    'node:http',
    'node:net',
    'node:os',
    'node:timers/promises',
    'node:util',
  ],
  cli: ['zod', 'commander', 'yaml', 'node:fs/promises', 'node:path', 'node:stream/consumers'],
};

const PURE = new Set(['domain', 'cluster', 'compile', 'plan', 'status', 'access']);

/** What pure code may not touch: clocks, chance, the environment, output. */
const IMPURE = /\b(Date\.now|new Date\(\)|Math\.random|process\.|console\.|setTimeout|performance\.)/;

/** Files that a folder may hold; the kinds, one file each, are a list and may be more. */
const MOST_FILES = 15;
const MOST_KINDS = 20;

type Import = { readonly file: string; readonly target: string };

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const contentOf = (file: string): string => readFileSync(join(SRC, file), 'utf8');
const roomOf = (file: string): string => file.split('/')[0] ?? '';

const imports: readonly Import[] = files.flatMap((file) =>
  [...contentOf(file).matchAll(/(?:from|import|import\()\s*'([^']+)'/g)].map(([, target = '']) => ({
    file,
    target: target.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), target)) : target,
  })),
);
const own = imports.filter(({ target }) => files.includes(target));

/** The floor of compile on which a file is; those of other rooms are on none. */
const floorOf = (file: string): number => {
  const [room, part] = file.split('/');
  return room === 'compile' ? COMPILE.findIndex((floor) => floor.includes(part ?? '')) : -1;
};

describe('architecture', () => {
  test('every file is in a room, and every file of compile on a floor', () => {
    expect(files.filter((file) => !ROOMS.includes(roomOf(file)))).toEqual([]);
    expect(files.filter((file) => roomOf(file) === 'compile' && floorOf(file) === -1)).toEqual([]);
  });

  test('a file imports only its own room or one further in', () => {
    const upward = own.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      return ROOMS.indexOf(to) > ROOMS.indexOf(from) || (from !== to && ONLY[from]?.includes(to) === false);
    });
    expect(upward).toEqual([]);
  });

  test('a file of compile imports only its own floor or a lower one', () => {
    const inCompile = own.filter(({ file, target }) => floorOf(file) !== -1 && floorOf(target) !== -1);
    expect(inCompile.filter(({ file, target }) => floorOf(target) > floorOf(file))).toEqual([]);
  });

  test('a room imports only the packages that are its own', () => {
    const foreign = imports.filter(({ file, target }) => {
      if (files.includes(target)) return false;
      if (target === '../package.json') return roomOf(file) !== 'cli';
      return !PACKAGES[roomOf(file)]?.includes(target);
    });
    expect(foreign).toEqual([]);
  });

  test('the pure rooms touch no clock, no chance, no environment and no output', () => {
    const pure = files.filter((file) => PURE.has(roomOf(file)));
    expect(pure.filter((file) => IMPURE.test(contentOf(file)))).toEqual([]);
  });

  test('no folder holds more files than a reader can take in', () => {
    const folders = Map.groupBy(files, (file) => dirname(file));
    const full = [...folders].filter(
      ([folder, held]) => held.length > (folder === 'domain/kinds' ? MOST_KINDS : MOST_FILES),
    );
    expect(full.map(([folder, held]) => `${folder}: ${held.length}`)).toEqual([]);
  });

  test('no file is named after nothing', () => {
    expect(files.filter((file) => /utils?|helpers?|common|manager|misc/.test(file))).toEqual([]);
  });
});
