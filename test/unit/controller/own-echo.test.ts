// Which changes a run may itself have caused, and which versions it says that it wrote.
import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../../src/controller/writes/apply.ts';
import { possibleEcho, versionsWritten } from '../../../src/controller/writes/own-echo.ts';
import { ok } from '../../../src/domain/result.ts';
import { parseIntent } from '../../../src/domain/egress-intent/intent.ts';
import { sidecarManifest } from '../../../src/plan/manifests.ts';
import { deleteStep, writeStep, type Step } from '../../../src/plan/steps.ts';
import { desiredSidecar, liveSidecar } from '../../support/literals.ts';

const identity = { namespace: 'red', name: 'web', uid: 'uid-web', resourceVersion: '7' };
const intentOf = (change: { readonly metadata?: object; readonly spec?: object; readonly status?: object }) =>
  parseIntent({
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name: 'web', namespace: 'red', uid: 'uid-web', generation: 1, ...change.metadata },
    spec: { allow: [{ service: { name: 'api' } }], ...change.spec },
    ...(change.status && { status: change.status }),
  });
const STATUS = { observedGeneration: 1, conditions: [], resources: [] };
const before = intentOf({});

describe('the change of an intent', () => {
  test('may be an echo where only its status is another one', () => {
    const after = intentOf({ status: STATUS });
    expect(possibleEcho('EgressIntent', { identity, before, after })).toBe('EgressIntent/red/web@7');
  });

  test.each([
    ['its list', { spec: { allow: [] } }],
    ['its mode', { spec: { mode: 'Audit' } }],
    ['its selector', { spec: { workloadSelector: { matchLabels: { app: 'web' } } } }],
    ['its generation', { metadata: { generation: 2 } }],
    ['its uid', { metadata: { uid: 'another' } }],
    ['a spec that cannot be read', { spec: { allow: 3 } }],
  ])('is none where %s is another one too, as after a new list', (_what, change) => {
    const after = intentOf({ ...change, status: STATUS });
    expect(after).toBeDefined();
    expect(possibleEcho('EgressIntent', { identity, before, after })).toBeUndefined();
  });

  test('is none where it is created or deleted', () => {
    expect(possibleEcho('EgressIntent', { identity, before: undefined, after: before })).toBeUndefined();
    expect(possibleEcho('EgressIntent', { identity, before, after: undefined })).toBeUndefined();
  });
});

test('of other kinds, only a change of a kind that is written may be an echo', () => {
  const sidecar = liveSidecar('web');
  expect(possibleEcho('Sidecar', { identity, before: sidecar, after: sidecar })).toBe('Sidecar/red/web@7');
  expect(possibleEcho('Sidecar', { identity, before: undefined, after: sidecar })).toBeUndefined();
  const namespace = { name: 'red', labels: {} };
  expect(possibleEcho('Namespace', { identity, before: namespace, after: namespace })).toBeUndefined();
});

const done = (step: Step): StepResult => ({
  step,
  result: ok(step.kind === 'delete' ? undefined : { uid: 'uid-web', resourceVersion: '8' }),
});

describe('a run says that it wrote', () => {
  const manifest = sidecarManifest('red', 'web', desiredSidecar({ app: 'web' }), liveSidecar('web'));
  const update = writeStep(manifest, liveSidecar('web'));

  test('the versions of what it updated', () => {
    expect([...versionsWritten([done(update)], [])]).toEqual(['Sidecar/red/web@8']);
  });

  test('nothing where a write failed', () => {
    const failed: StepResult = { step: update, result: { ok: false, error: 'skipped' } };
    expect(versionsWritten([failed], []).size).toBe(0);
  });

  test.each([
    ['created', writeStep(manifest, undefined)],
    ['deleted', deleteStep(liveSidecar('old'))],
  ])('nothing where it %s an object too', (_what, step) => {
    expect(versionsWritten([done(update), done(step)], []).size).toBe(0);
  });
});
