// When an object that others create again is left alone.
import { expect, test } from 'vitest';
import type { StepResult } from '../../../src/controller/writes/apply.ts';
import { createDeletionLog } from '../../../src/controller/deletion-log.ts';
import { ok } from '../../../src/domain/result.ts';
import { sidecarManifest } from '../../../src/plan/manifests.ts';
import { deleteStep, writeStep, type Step } from '../../../src/plan/steps.ts';
import { desiredSidecar, liveSidecar } from '../../support/literals.ts';

const at = (seconds: number): Date => new Date(1_000_000 + seconds * 1000);
const deleted = deleteStep(liveSidecar('s'));
const created = writeStep(sidecarManifest('red', 's', desiredSidecar({ app: 'web' })), undefined);
const done = (step: Step): StepResult => ({ step, result: ok(undefined) });
const failed = (step: Step): StepResult => ({ step, result: { ok: false, error: 'skipped' } });

test.each<readonly [string, readonly (readonly [seconds: number, StepResult])[], readonly string[]]>([
  [
    'two deletions',
    [
      [0, done(deleted)],
      [1, done(deleted)],
    ],
    [],
  ],
  [
    'three deletions',
    [
      [0, done(deleted)],
      [1, done(deleted)],
      [2, done(deleted)],
    ],
    ['Sidecar/s'],
  ],
  [
    'three deletions, of which one failed',
    [
      [0, done(deleted)],
      [1, failed(deleted)],
      [2, done(deleted)],
    ],
    [],
  ],
  [
    'three deletions, one of them long ago',
    [
      [-60, done(deleted)],
      [1, done(deleted)],
      [2, done(deleted)],
    ],
    [],
  ],
  [
    'three deletions of what we created again ourselves',
    [
      [0, done(deleted)],
      [1, done(created)],
      [2, done(deleted)],
      [3, done(deleted)],
    ],
    [],
  ],
])('%s within a minute', (_behaviour, results, resisting) => {
  const log = createDeletionLog();
  for (const [seconds, result] of results) log.record('red', [result], at(seconds));
  expect([...log.resisting('red', at(10))]).toEqual(resisting);
  expect([...log.resisting('blue', at(10))]).toEqual([]);
  expect([...log.resisting('red', at(90))]).toEqual([]);
});
