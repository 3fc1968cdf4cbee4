// Proves that what is costly to make is made once, whole, and never half.
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder, fillOnce } from './cache.ts';
import { buildWithGo } from './go-build.ts';
import { realParts } from './real-parts.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

let home: string;
beforeEach(async () => {
  home = await scratchFolder('cache');
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await removeFolder(home);
});

describe('the cache folder', () => {
  test('is filled once, however many want it at the same time', async () => {
    const folder = cacheFolder('thing', '1');
    let fills = 0;
    const want = () =>
      fillOnce(folder, async (draft) => {
        fills += 1;
        await writeFile(join(draft, 'content'), 'whole');
      });
    await Promise.all([want(), want(), want()]);
    expect(fills).toBe(1);
    expect(await readFile(join(folder, 'content'), 'utf8')).toBe('whole');
    expect(await readdir(dirname(folder))).toEqual(['thing-1']);
  });

  test('is not there after a failure, and can be filled then', async () => {
    const folder = cacheFolder('thing', '2');
    const failing = fillOnce(folder, async (draft) => {
      await writeFile(join(draft, 'content'), 'half');
      throw new Error('no room');
    });
    await expect(failing).rejects.toThrow('no room');
    expect(await readdir(dirname(folder))).toEqual([]);
    await fillOnce(folder, (draft) => writeFile(join(draft, 'content'), 'whole'));
    expect(await readdir(dirname(folder))).toEqual(['thing-2']);
  });

  test('is taken over from a process that was killed at work', async () => {
    const folder = cacheFolder('thing', '3');
    await fillOnce(cacheFolder('other', '1'), async () => undefined); // makes the folder of all things
    await writeFile(`${folder}.lock`, '');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(`${folder}.lock`, longAgo, longAgo);
    await fillOnce(folder, (draft) => writeFile(join(draft, 'content'), 'whole'));
    expect(await readdir(folder)).toEqual(['content']);
  });
});

describe('a real part that cannot be had', () => {
  const missing = Promise.resolve({ kind: 'unavailable', why: 'install Go' } as const);

  test('is an answer that names what to install', async () => {
    await writeFile(join(home, 'go.mod'), 'module example.com/none\n');
    vi.stubEnv('PATH', home);
    const answer = await buildWithGo({
      name: 'nothing',
      module: home,
      inputs: ['go.mod'],
      arguments: ['./...'],
      duration: 'no time',
    });
    expect(answer).toEqual({
      kind: 'unavailable',
      why: expect.stringContaining('nothing is built with Go 1.26 or newer: install it') as string,
    });
  });

  test('skips its tests loudly on a developer’s machine', async () => {
    vi.stubEnv('CI', '');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await realParts(missing)).toBe(false);
    expect(said.mock.calls.flat().join('')).toContain('SKIPPED: tests that need real parts. install Go');
    said.mockRestore();
  });

  test('fails its tests where CI=true', async () => {
    vi.stubEnv('CI', 'true');
    await expect(realParts(missing)).rejects.toThrow('install Go');
  });
});
