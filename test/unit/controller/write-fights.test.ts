// Whoever rewrites our objects again and again is named in the status, in a metric and in the log, and corrected each time.
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { metricsOf } from '../../support/metrics.ts';
import { createRunLog } from '../../../src/controller/writes/run-log.ts';
import type { StepResult } from '../../../src/controller/writes/apply.ts';
import { createWriteFights } from '../../../src/controller/writes/write-fights.ts';
import { ok } from '../../../src/domain/result.ts';
import { sidecarManifest } from '../../../src/plan/manifests.ts';
import { writeStep } from '../../../src/plan/steps.ts';
import { freePort } from '../../kits/control-plane/ports.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, eventually, refOf } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { messageOf, untilCondition } from '../../support/intent-status.ts';
import { desiredSidecar, liveSidecar, reportOf } from '../../support/literals.ts';
import * as story from '../../support/story.ts';

const live = liveSidecar('web', { foreignManagers: ['flux'] });
const stepTo = (app: string): StepResult => ({
  step: writeStep(sidecarManifest('red', 'web', desiredSidecar({ app })), live),
  result: ok(undefined),
});
const at = (seconds: number): Date => new Date(1_000_000 + seconds * 1_000);

describe('an object counts as fought over', () => {
  test.each([
    { what: 'five corrections to the same', times: [0, 1, 2, 3, 4], named: ['Sidecar/web'] },
    { what: 'a slow loop', times: [0, 40, 80, 120, 160], named: ['Sidecar/web'] },
    { what: 'four corrections', times: [0, 1, 2, 3], named: [] },
    { what: 'corrections with long pauses', times: [0, 1, 2, 63, 64, 65], named: [] },
  ])('after $what: $named', ({ times, named }) => {
    const fights = createWriteFights();
    for (const time of times) fights.record('red', [stepTo('web')], [live], at(time));
    const last = times.at(-1) ?? 0;
    expect([...fights.ongoing('red', at(last + 1)).keys()]).toEqual(named);
    expect(fights.ongoing('blue', at(last + 1)).size).toBe(0);
    expect(fights.ongoing('red', at(last + 61)).size).toBe(0);
  });

  test('not where each update writes something else, or where nobody else wrote to it', () => {
    const fights = createWriteFights();
    for (let n = 0; n < 9; n += 1) {
      fights.record('red', [stepTo(`web-${n}`)], [live], at(n));
      fights.record('blue', [stepTo('web')], [liveSidecar('web')], at(n));
    }
    expect([fights.ongoing('red', at(9)).size, fights.ongoing('blue', at(9)).size]).toEqual([0, 0]);
  });
});

test('the log names them once in a minute, and has few lines of a namespace that runs without end', () => {
  const lines: { readonly text: string; readonly fields: object }[] = [];
  const line = (fields: object, text: string): void => void lines.push({ text, fields });
  const log = createRunLog({ info: line, warn: line } as never);
  const report = reportOf({ steps: [stepTo('web')], fights: new Map([['Sidecar/web', ['flux', 'argo']]]) });
  for (let n = 0; n < 5_900; n += 1) log('red', report, 1_000_000 + n * 10);
  const named = lines.filter(({ text }) => text.includes('again and again'));
  expect(named).toMatchObject([{ fields: { namespace: 'red', objects: ['Sidecar/web by flux, argo'] } }]);
  expect(lines).toHaveLength(11);
  log('blue', reportOf({ steps: [stepTo('web')] }), 1_050_000);
  expect(lines.at(-1)).toMatchObject({ text: 'reconciled', fields: { namespace: 'blue' } });
  log('red', reportOf({ steps: [stepTo('web')] }), 1_061_000);
  expect(lines.at(-1)).toMatchObject({ fields: { namespace: 'red', runsNotLogged: 5_890 } });
});

test('the metric has a bounded number of managers', async () => {
  const metrics = metricsOf();
  for (let n = 0; n < 80; n += 1)
    metrics.reconciled(reportOf({ corrected: new Map([['Sidecar/web', [`m${n}`]]]) }), 0);
  const text = await metrics.text();
  expect(text).toContain('egress_intent_corrections_total{kind="Sidecar",manager="m0"} 1');
  expect(text).toContain('egress_intent_corrections_total{kind="Sidecar",manager="other"} 30');
});

test('a field manager that rewrites a Sidecar in a loop is named, and loses each time', async () => {
  const server = await startServerWithCrds(story.storyObjects);
  const cluster = connect(server.kubeconfig);
  const metricsPort = await freePort('127.0.0.1');
  const controller = await runningController(server.kubeconfig, { metricsPort });
  await cluster.apply(story.appIntent([story.GREEN]));
  await untilCondition(cluster, { is: 'True/Ready' });
  const [sidecar] = await cluster.list(story.GENERATED.sidecars);
  if (sidecar === undefined) throw new Error('no Sidecar');
  const { apiVersion, kind, metadata, spec } = sidecar;
  const { name, namespace } = metadata;
  for (let round = 0; round < 8; round += 1) {
    const foreign = { egress: [{ hosts: ['*/*'] }] };
    const object = { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, spec: foreign };
    await cluster.apply(object, { manager: 'opener' });
    await eventually(async () => expect((await cluster.get(refOf(sidecar)))?.['spec']).toEqual(spec));
  }
  await eventually(async () => {
    const intent = await untilCondition(cluster, { condition: 'Programmed', is: 'True/Programmed' });
    expect(messageOf(intent, 'Programmed')).toContain(`stop these field managers: Sidecar/${name} by opener`);
  });
  const { body } = await request(`http://127.0.0.1:${metricsPort}/metrics`);
  const [, count = '0'] =
    /corrections_total\{kind="Sidecar",manager="opener"\} (\d+)/.exec(await body.text()) ?? [];
  expect(Number(count)).toBeGreaterThanOrEqual(5);
  await controller.stop();
  await cluster.close();
  await server.stop();
});
