// Each row of the fault matrix, on a real API server and with the shipped role: everything changes during the fault; afterwards the cluster holds what
// a fresh compilation says, and on the way no version of any generated object has opened a restricted pod or taken a grant that stays.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../../kits/control-plane/binaries.ts';
import { realParts } from '../../kits/control-plane/real-parts.ts';
import { eventually } from '../../support/cluster.ts';
import { breachesBetween, viewsOver, writtenIn } from '../../support/grants-over-time.ts';
import { REFERRED, STAGED } from './matrix.ts';
import { backupOf, ORDERS, restore, wipe, type Backup } from './restore.ts';
import { CALM, openStage, PODS, type Stage } from './stage.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe.runIf(await realParts(ensureBinaries()))('the controller recovers when', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  /** What is wrong with the versions of the generated objects after a revision. */
  const breachesSince = async (revision: number): Promise<readonly string[]> => {
    const versions = await stage.kubernetes.history.since(0, 'networking.istio.io');
    const moments = viewsOver(versions, PODS);
    const start = moments.findLastIndex((moment) => moment.revision <= revision);
    const views = moments.slice(start).map(({ view }) => view);
    const inCalm = writtenIn(versions, CALM, revision).map((key) => `${key} is written or deleted`);
    return [...breachesBetween(views, PODS), ...inCalm];
  };

  test.each(STAGED)(
    '$fault',
    { timeout: 90_000 },
    async ({ begin, lastsMs = 1_500, recoversWithinMs = 5_000, isDestructive = false }) => {
      await stage.reset();
      await stage.start();
      await eventually(stage.expectDone, { withinMs: 20_000, everyMs: 100 });
      const revision = await stage.kubernetes.history.revision();
      const { cure, expectFelt, expectAfter } = await begin(stage);
      if (!isDestructive) await stage.change();
      await sleep(lastsMs);
      await expectFelt?.();
      await cure();
      await eventually(stage.expectDone, { withinMs: recoversWithinMs, everyMs: 100 });
      expect(isDestructive ? [] : await breachesSince(revision)).toEqual([]);
      await expectAfter?.();
    },
  );

  describe('a namespace is restored from a backup', () => {
    let backup: Backup;

    beforeAll(async () => {
      await stage.reset();
      await stage.start();
      await eventually(stage.expectDone, { withinMs: 20_000, everyMs: 100 });
      backup = await backupOf(stage);
    });

    test.each(ORDERS.map((order) => ({ order, parts: order.join(', ') })))(
      'in the order $parts',
      async ({ order }) => {
        await wipe(stage, backup);
        const restrictedSince = await restore(stage, backup, order);
        await eventually(stage.expectDone, { everyMs: 50 });
        expect(restrictedSince === undefined ? [] : await breachesSince(restrictedSince)).toEqual([]);
      },
    );
  });
});

test.each(REFERRED)('the row "$fault" is a test of $file', async ({ file, test: title }) => {
  expect(await readFile(join(ROOT, file), 'utf8')).toContain(title);
});
