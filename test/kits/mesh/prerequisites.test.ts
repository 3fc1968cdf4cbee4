// Proves that a machine which cannot run the mesh hears what it lacks.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ensureMeshParts } from './prerequisites.ts';

describe('a machine that cannot run the mesh', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test('hears that it needs Linux', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    expect(await ensureMeshParts()).toEqual({
      kind: 'unavailable',
      why: 'The mesh of real Envoys cannot run here: it needs the network namespaces of Linux.',
    });
  });

  test.runIf(process.platform === 'linux')('hears that it needs root', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    expect(await ensureMeshParts()).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('it needs root') as string,
    });
  });
});
