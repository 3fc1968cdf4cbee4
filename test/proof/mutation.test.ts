// Tests the proof itself: each mistake in mutations.ts is put into a copy of the source, and random worlds must find it; a small mesh must find each of
// fidelity-mutations.ts, and a small world each of excuse-mutations.ts.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../kits/control-plane/command.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { ensureOracle } from '../kits/oracle/oracle.ts';
import { EXCUSE_MUTATIONS } from './excuse-mutations.ts';
import { FIDELITY_MUTATIONS } from './fidelity-mutations.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';
import { TRANSITION_MUTATIONS } from './transition-mutations.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORLDS = 100;

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'egress-intent-mutation-'));
  for (const part of ['package.json', 'src', 'test'])
    await cp(join(ROOT, part), join(copy, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rm(copy, { recursive: true }));

/** The output of a program of this folder with the mistake in the source. */
async function runWith({ file, find, replace }: Mutation, program: string, options: readonly string[]) {
  const path = join(copy, 'src', file);
  const source = await readFile(path, 'utf8');
  expect(source.split(find), `${find} occurs once in ${file}`).toHaveLength(2);
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
  try {
    return await run(process.execPath, [join(copy, 'test/proof', program), ...options], { cwd: copy });
  } finally {
    await writeFile(path, source);
  }
}

describe.runIf(await realParts(ensureOracle()))('the proof finds a compiler that', () => {
  test.each(MUTATIONS)(
    '$mistake',
    async (mutation) => {
      const { seed = 1 } = mutation;
      const options = ['--worlds', `${WORLDS}`, '--seed', `${seed}`, '--jobs', '1', '--first'];
      const { stdout, stderr, code } = await runWith(mutation, 'main.ts', options);
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).toMatch(/mismatches found with seed \d+/);
    },
    120_000,
  );

  test.each(TRANSITION_MUTATIONS)(
    '$mistake',
    async (mutation) => {
      const { seed = 1 } = mutation;
      const property = ['--property', 'edits-are-smooth'];
      const options = [
        '--worlds',
        `${WORLDS}`,
        '--seed',
        `${seed}`,
        '--jobs',
        '1',
        '--first',
        '--out',
        '/dev/null',
      ];
      const { stdout, code } = await runWith(mutation, 'main.ts', [...property, ...options]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^(opened|lost|rerouted): /m);
    },
    120_000,
  );

  test.each(FIDELITY_MUTATIONS)(
    '$mistake',
    async (mutation) => {
      const { stdout, code } = await runWith(mutation, 'fidelity-cases/main.ts', [
        '--brief',
        mutation.foundBy,
      ]);
      expect(code).toBe(1);
      // A compiler that throws would end before the sum.
      expect(stdout).toMatch(
        /^WRONG .*(: (travels otherwise|is callable|is blocked)|; not said|; false alarm)/m,
      );
      expect(stdout).toMatch(/^\d+ wrong$/m);
    },
    120_000,
  );

  test.each(EXCUSE_MUTATIONS)(
    '$mistake',
    async (mutation) => {
      const { stdout, code } = await runWith(mutation, 'excuse-worlds/main.ts', [mutation.code]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^WRONG \w+\notherwise: /m);
    },
    120_000,
  );
});
