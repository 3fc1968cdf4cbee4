// The brake on deletions and narrowings: its window, its limit, its acknowledgement; and in a running controller, with the pause and mode audit.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRemovalBrake } from '../../../src/controller/brakes/removal-brake.ts';
import type { Controller } from '../../../src/controller/controller.ts';
import type { ApiServer } from '../../kits/api-server/server.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, eventually, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { conditionOf, messageOf, untilCondition } from '../../support/intent-status.ts';
import * as story from '../../support/story.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const NONE: ReadonlySet<string> = new Set();
const ids = (count: number): ReadonlySet<string> =>
  new Set(Array.from({ length: count }, (_, index) => `Sidecar/${index}`));

function brakeWith(managed: number, percent = 30) {
  const state = { managed, acknowledged: '', holds: [] as string[] };
  const brake = createRemovalBrake({
    managed: () => state.managed,
    percent,
    acknowledged: () => state.acknowledged,
    onHold: (since) => state.holds.push(since),
  });
  return { brake, state };
}

describe('the window', () => {
  test.each([
    { managed: 0, percent: 30, limit: 20 },
    { managed: 66, percent: 30, limit: 20 },
    { managed: 100, percent: 30, limit: 30 },
    { managed: 10_000, percent: 30, limit: 3_000 },
    { managed: 10_000, percent: 1, limit: 100 },
    { managed: 10_000, percent: 0, limit: 20 },
  ])('of $managed objects and $percent % is $limit', ({ managed, percent, limit }) => {
    expect(brakeWith(managed, percent).brake.window(at(0)).limit).toBe(limit);
  });

  test('counts what was managed when it began', () => {
    const { brake, state } = brakeWith(1_000);
    brake.record('red', { removals: ids(200), held: NONE }, at(0));
    state.managed = 800;
    expect(brake.window(at(1)).limit).toBe(300);
  });

  test('counts each object once, and forgets it 10 minutes after its last removal', () => {
    const { brake } = brakeWith(100);
    brake.record('red', { removals: ids(5), held: NONE }, at(0));
    brake.record('red', { removals: ids(3), held: NONE }, at(300));
    brake.record('blue', { removals: ids(1), held: NONE }, at(300));
    expect(brake.window(at(301)).removed.size).toBe(6);
    expect(brake.window(at(601)).removed.size).toBe(4);
    expect(brake.window(at(901)).removed.size).toBe(0);
  });
});

describe('what is held', () => {
  test('waits although the window moves on, and goes on with an acknowledgement of that time or later', () => {
    const { brake, state } = brakeWith(100);
    brake.record('red', { removals: ids(30), held: NONE }, at(0));
    brake.record('blue', { removals: NONE, held: ids(2) }, at(5));
    brake.record('green', { removals: NONE, held: ids(1) }, at(6));
    expect(state.holds).toEqual(['2026-01-01T00:00:05Z']);
    expect(brake.held()).toBe(3);
    expect(brake.window(at(5_000)).heldSince).toBe('2026-01-01T00:00:05Z');
    for (const wrong of ['', 'true', '2026-01-01T00:00:04Z']) {
      state.acknowledged = wrong;
      expect(brake.window(at(5_000)).heldSince).toBe('2026-01-01T00:00:05Z');
    }
    state.acknowledged = '2026-01-01T00:00:05Z';
    expect(brake.window(at(10))).toMatchObject({ limit: 30, removed: new Map() });
    expect(brake.window(at(10)).heldSince).toBeUndefined();
    brake.record('blue', { removals: ids(2), held: NONE }, at(11));
    expect(brake.held()).toBe(1);
  });

  test('needs a new acknowledgement the next time, and nothing is held until a time that lies ahead', () => {
    const { brake, state } = brakeWith(100);
    state.acknowledged = '2026-01-01T00:01:00Z';
    expect(brake.window(at(59)).limit).toBe(Infinity);
    expect(brake.window(at(61)).limit).toBe(30);
    brake.record('blue', { removals: NONE, held: ids(2) }, at(61));
    expect(brake.window(at(62)).heldSince).toBe('2026-01-01T00:01:01Z');
  });
});

const intent = (number: number, allow: readonly story.AllowEntry[]): KubeObject =>
  story.intent(allow, { name: `app-${number}`, selector: { app: `app-${number}` } });

describe('a controller', () => {
  const COUNT = 25;
  let server: ApiServer;
  let cluster: Cluster;
  let controller: Controller;

  const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(story.GENERATED.sidecars);
  const specs = async (): Promise<string> => JSON.stringify((await sidecars()).map(({ spec }) => spec));
  const annotate = (name: string, annotations: object): Promise<KubeObject> =>
    cluster.patch({ apiVersion: 'v1', plural: 'namespaces', name }, { metadata: { annotations } });

  beforeEach(async () => {
    server = await startServerWithCrds([story.namespaceObject('istio-system'), ...story.storyObjects]);
    cluster = connect(server.kubeconfig);
  });
  afterEach(async () => {
    await controller.stop();
    await cluster.close();
    await server.stop();
  });

  test('holds the 21st narrowing of 25, and goes on once that is acknowledged', async () => {
    for (let number = 0; number < COUNT; number += 1)
      await cluster.apply(intent(number, [story.GREEN, story.BLUE_SVC]));
    controller = await runningController(server.kubeconfig, { removalLimit: 30 });
    await eventually(async () => expect(await sidecars()).toHaveLength(COUNT));
    for (let number = 0; number < COUNT; number += 1) {
      await cluster.apply(intent(number, [story.GREEN]));
      const is = number < 20 ? 'True/Programmed' : 'False/Withheld';
      await untilCondition(cluster, { intent: `app-${number}`, condition: 'Programmed', is });
    }
    expect((await specs()).match(/nginx-blue-svc/g)).toHaveLength(COUNT - 20);
    const held = await cluster.get(story.intentRef('app-20'));
    const [, since = ''] =
      /kubectl annotate --overwrite namespace istio-system egressintent.io\/acknowledged=(\S+)/.exec(
        messageOf(held ?? intent(20, []), 'Programmed'),
      ) ?? [];
    // What only adds goes on.
    await cluster.apply(intent(0, [story.GREEN, story.GOOGLE]));
    await untilCondition(cluster, { intent: 'app-0', condition: 'Programmed', is: 'True/Programmed' });
    await annotate('istio-system', { 'egressintent.io/acknowledged': since });
    for (let number = 20; number < COUNT; number += 1)
      await untilCondition(cluster, {
        intent: `app-${number}`,
        condition: 'Programmed',
        is: 'True/Programmed',
      });
    expect(await specs()).not.toContain('nginx-blue-svc');
  });

  test('leaves what stands for an intent or a namespace that is paused, says so, and goes on afterwards', async () => {
    controller = await runningController(server.kubeconfig);
    await cluster.apply(intent(1, [story.GREEN]));
    await untilCondition(cluster, { intent: 'app-1', condition: 'Programmed', is: 'True/Programmed' });
    const before = await sidecars();
    for (const pause of ['intent', 'namespace']) {
      const annotations = { 'egressintent.io/paused': 'true' };
      if (pause === 'intent') await cluster.patch(story.intentRef('app-1'), { metadata: { annotations } });
      else await annotate('red', annotations);
      await cluster.apply(intent(1, [story.BLUE_SVC]));
      const paused = await untilCondition(cluster, {
        intent: 'app-1',
        condition: 'Programmed',
        is: 'False/Withheld',
      });
      expect(messageOf(paused, 'Programmed')).toMatch(
        /paused, so remove its annotation egressintent.io\/paused/,
      );
      expect(await sidecars()).toEqual(before);
      await cluster.apply(intent(1, [story.GREEN]));
      await untilCondition(cluster, { intent: 'app-1', condition: 'Programmed', is: 'True/Programmed' });
      const none = { 'egressintent.io/paused': null };
      if (pause === 'intent')
        await cluster.patch(story.intentRef('app-1'), { metadata: { annotations: none } });
      else await annotate('red', none);
    }
    await cluster.apply(intent(1, [story.BLUE_SVC]));
    await eventually(async () => expect(await specs()).toContain('nginx-blue-svc'));
  });

  test('in mode audit writes only statuses, which say what it would write', async () => {
    controller = await runningController(server.kubeconfig, { mode: 'audit' });
    await cluster.apply(intent(1, [story.GREEN, story.GOOGLE]));
    const found = await untilCondition(cluster, {
      intent: 'app-1',
      condition: 'Programmed',
      is: 'False/Withheld',
    });
    expect(messageOf(found, 'Programmed')).toContain('--mode=audit');
    expect(conditionOf(found, 'Accepted')).toMatch(/^True/);
    expect(await sidecars()).toEqual([]);
    const written = server
      .requests()
      .filter(({ method, path }) => method !== 'GET' && path.includes('/red/'));
    const own = written.filter(({ userAgent }) => userAgent.startsWith('egress-intent'));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ path }) => !path.endsWith('/status'))).toEqual([]);
  });
});
