// The proof itself is put to the test: the compiler is broken on purpose, and random worlds must find it out.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../kits/control-plane/command.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { ensureOracle } from '../kits/oracle/oracle.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORLDS = 100;

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'egress-intent-mutants-'));
  for (const part of ['package.json', 'src', 'test'])
    await cp(join(ROOT, part), join(copy, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rm(copy, { recursive: true }));

/** What the proof says of a compiler with this mistake in it. */
async function proofOf({ file, find, replace, seed = 1 }: Mutation) {
  const path = join(copy, 'src', file);
  const sound = await readFile(path, 'utf8');
  expect(sound.split(find), `${find} occurs once in ${file}`).toHaveLength(2);
  await writeFile(
    path,
    sound.replace(find, () => replace),
  );
  try {
    const options = ['--worlds', `${WORLDS}`, '--seed', `${seed}`, '--jobs', '1', '--first'];
    return await run(process.execPath, [join(copy, 'test/proof/main.ts'), ...options], { cwd: copy });
  } finally {
    await writeFile(path, sound);
  }
}

describe.runIf(await realParts(ensureOracle()))('a compiler that', () => {
  test.each(MUTATIONS)(
    '$mistake is found out',
    async (mutation) => {
      const { stdout, stderr, code } = await proofOf(mutation);
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).toMatch(/faults with seed \d+/);
    },
    120_000,
  );
});
