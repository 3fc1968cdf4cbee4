// A machine that cannot run a mesh gets a reason that says what to install, and no system package without consent.
import { existsSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mustRun } from '../control-plane/command.ts';
import { removeFolder, scratchFolder } from '../control-plane/scratch.ts';
import { ensureMeshParts } from './prerequisites.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a mesh cannot run', () => {
  test('on another system than Linux', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    expect(await ensureMeshParts()).toEqual({
      kind: 'unavailable',
      why: 'A mesh with Envoy cannot run on this machine: it needs Linux, for network namespaces.',
    });
  });

  test.runIf(process.platform === 'linux')('without root', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    expect(await ensureMeshParts()).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('it needs root') as string,
    });
  });
});

describe.runIf(process.getuid?.() === 0)('on a machine without iptables', () => {
  let folder: string;
  const aptGetCalls = 'apt-get.calls';
  const calls = async (): Promise<string> => {
    const file = join(folder, aptGetCalls);
    return existsSync(file) ? readFile(file, 'utf8') : '';
  };

  /** A PATH that has every tool but iptables, and an apt-get that records its arguments and fails. */
  beforeEach(async () => {
    folder = await scratchFolder('tools');
    for (const tool of ['sh', 'ip', 'setpriv', 'curl', 'openssl', 'python3', 'unshare', 'true']) {
      const path = (await mustRun('sh', ['-c', `command -v ${tool}`])).trim();
      await symlink(path.startsWith('/') ? path : `/bin/${tool}`, join(folder, tool));
    }
    const script = `#!/bin/sh\necho "$@" >>${join(folder, aptGetCalls)}\necho no network >&2\nexit 100\n`;
    await writeFile(join(folder, 'apt-get'), script, { mode: 0o755 });
    vi.stubEnv('PATH', folder);
    vi.stubEnv('CI', '');
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => removeFolder(folder));

  test('nothing is installed, and the answer says what to install', async () => {
    expect(await ensureMeshParts()).toEqual({
      kind: 'unavailable',
      why: 'A mesh with Envoy cannot run on this machine: it needs iptables. Install with: apt-get install iptables',
    });
    expect(await calls()).toBe('');
  });

  test.each([
    { where: 'the caller allows it', options: { mayInstall: true }, ci: '' },
    { where: 'CI=true', options: {}, ci: 'true' },
  ])('apt-get installs it where $where', async ({ options, ci }) => {
    vi.stubEnv('CI', ci);
    expect(await ensureMeshParts(options)).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('this failed just now: no network') as string,
    });
    expect(await calls()).toBe('update --quiet\ninstall --yes --no-install-recommends iptables\n');
  });
});
