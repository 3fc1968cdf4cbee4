// What becomes of the tests where Prometheus is missing: they say what to install, and install nothing.
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensurePrometheus } from './prerequisites.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-intent-path-'));
  for (const tool of ['sh', 'cat', 'rm']) await symlink(`/bin/${tool}`, join(folder, tool));
  vi.stubEnv('PATH', folder);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const program = async (name: string, script: string): Promise<void> => {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
};

test('those in PATH are used', async () => {
  for (const name of ['prometheus', 'promtool']) await program(name, 'true');
  expect(await ensurePrometheus()).toEqual({
    kind: 'available',
    prometheus: 'prometheus',
    promtool: 'promtool',
  });
});

test('without apt-get there is an advice', async () => {
  expect(await ensurePrometheus({ mayUpdate: true })).toEqual({
    kind: 'unavailable',
    why: 'Prometheus cannot run on this machine. Install it with: apt-get install prometheus',
  });
});

test.each([
  { mayUpdate: true, calls: ['download prometheus', 'update --quiet', 'download prometheus'] },
  { mayUpdate: false, calls: ['download prometheus'] },
])(
  'with mayUpdate $mayUpdate, an apt-get that cannot download is called with $calls',
  async ({ mayUpdate, calls }) => {
    await program('dpkg-deb', 'false');
    await program('apt-get', `echo "$@" >> ${join(folder, 'calls')}; [ "$1" = update ]`);
    expect(await ensurePrometheus({ mayUpdate })).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('Install it with: apt-get install prometheus (') as string,
    });
    expect((await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')).toEqual(calls);
  },
);
