// A folder of the cache is filled once and completely, and a missing part gives a clear reason.
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
  test('is filled once when several callers need it at the same time', async () => {
    const folder = cacheFolder('tool', '1');
    let fills = 0;
    const fill = () =>
      fillOnce(folder, async (draft) => {
        fills += 1;
        await writeFile(join(draft, 'content'), 'whole');
      });
    await Promise.all([fill(), fill(), fill()]);
    expect(fills).toBe(1);
    expect(await readFile(join(folder, 'content'), 'utf8')).toBe('whole');
    expect(await readdir(dirname(folder))).toEqual(['tool-1']);
  });

  test('does not exist after a failure, and can be filled later', async () => {
    const folder = cacheFolder('tool', '2');
    const failing = fillOnce(folder, async (draft) => {
      await writeFile(join(draft, 'content'), 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readdir(dirname(folder))).toEqual([]);
    await fillOnce(folder, (draft) => writeFile(join(draft, 'content'), 'whole'));
    expect(await readdir(dirname(folder))).toEqual(['tool-2']);
  });

  test('is filled after another process was killed while it filled it', async () => {
    const folder = cacheFolder('tool', '3');
    await fillOnce(cacheFolder('other', '1'), async () => undefined); // makes the parent folder
    await writeFile(`${folder}.lock`, '');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(`${folder}.lock`, longAgo, longAgo);
    await fillOnce(folder, (draft) => writeFile(join(draft, 'content'), 'whole'));
    expect(await readdir(folder)).toEqual(['content']);
  });
});

describe('a real part that is not available', () => {
  const missing = Promise.resolve({ kind: 'unavailable', why: 'install Go' } as const);

  test('is reported with what to install', async () => {
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
      why: expect.stringContaining('nothing is built with Go 1.26 or newer. Install Go') as string,
    });
  });

  test('skips its tests and prints why, without CI=true', async () => {
    vi.stubEnv('CI', '');
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await realParts(missing)).toBe(false);
    expect(stderr.mock.calls.flat().join('')).toContain('SKIPPED: tests that need real parts. install Go');
    stderr.mockRestore();
  });

  test('fails its tests with CI=true', async () => {
    vi.stubEnv('CI', 'true');
    await expect(realParts(missing)).rejects.toThrow('install Go');
  });
});
