// Events on a real API server, with the shipped role: one for each transition, none at rest, and one that names who fights.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { kubectl } from '../kits/control-plane/kubectl.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { createEventRecorder } from '../../src/controller/events/recorder.ts';
import type { Controller } from '../../src/controller/controller.ts';
import { API, KIND } from '../../src/domain/api-group.ts';
import { eventClient } from '../../src/kubernetes/event-client.ts';
import { connect as connectTransport } from '../../src/kubernetes/transport.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { SERVICE_ACCOUNT } from '../support/deploy.ts';
import { untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

type Event = KubeObject & {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number };
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
};

const EVENTS = { apiVersion: 'events.k8s.io/v1', plural: 'events' } as const;

describe.runIf(await realParts(ensureBinaries()))('events', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller;

  beforeAll(async () => {
    const started = await startRealCluster();
    ({ kubernetes, cluster } = started);
    controller = await runningController(started.kubeconfig);
  });
  afterAll(async () => {
    await controller.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  /** Those of the controller: the API server tells of the addresses of Services too. */
  const events = async (namespace = 'red'): Promise<readonly Event[]> =>
    ((await cluster.list({ ...EVENTS, namespace })) as readonly Event[]).filter(
      ({ regarding }) => regarding.kind === KIND,
    );
  const told = async (): Promise<readonly string[]> =>
    (await events()).map(
      ({ type, reason, regarding }) => `${type} ${reason} ${regarding.kind}/${regarding.name}`,
    );
  const untilTold = (expected: readonly string[]): Promise<void> =>
    eventually(async () => expect((await told()).toSorted()).toEqual(expected.toSorted()));

  const READY = 'Normal Ready EgressIntent/red';
  const UNRESOLVED = 'Warning UnresolvedRefs EgressIntent/red';
  const REWRITTEN = 'Warning RewrittenByOthers EgressIntent/red';
  const ABSENT = { service: { name: 'absent', namespace: 'blue' } } as const;

  test('tell that an intent is Ready, and why it is not any more, with its uid and message', async () => {
    await cluster.apply(story.appIntent([story.GREEN]));
    const { metadata } = await untilCondition(cluster, { is: 'True/Ready' });
    await untilTold([READY]);
    expect((await events())[0]?.regarding.uid).toBe(metadata.uid);
    await cluster.apply(story.appIntent([story.GREEN, ABSENT]));
    await untilTold([READY, UNRESOLVED]);
    const warning = (await events()).find(({ type }) => type === 'Warning');
    expect(warning?.note).toContain('Service blue/absent does not exist');
    const { stdout } = await kubectl(kubernetes.kubeconfig, [
      'events',
      '--namespace',
      'red',
      '--for',
      'egressintent/red',
    ]);
    expect(stdout).toContain('UnresolvedRefs');
  });

  test('are none where the state stays as it is, whatever runs', async () => {
    const before = await told();
    for (let round = 0; round < 10; round += 1)
      await cluster.patch(story.intentRef(), { metadata: { annotations: { round: String(round) } } });
    const [sidecar] = await cluster.list(story.GENERATED.sidecars);
    if (sidecar === undefined) throw new Error('no Sidecar');
    await cluster.patch(refOf(sidecar), { spec: { egress: [{ hosts: ['~/*'] }] } });
    await eventually(async () =>
      expect((await cluster.get(refOf(sidecar)))?.['spec']).toEqual(sidecar['spec']),
    );
    await sleep(2_000);
    expect(await told()).toEqual(before);
  });

  test('of what happens again are no new ones: the old ones count it after half a minute', async () => {
    await cluster.apply(story.appIntent([story.GREEN]));
    await untilCondition(cluster, { is: 'True/Ready' });
    await cluster.apply(story.appIntent([story.GREEN, ABSENT]));
    await untilCondition(cluster, { is: 'False/UnresolvedRefs' });
    await cluster.apply(story.appIntent([story.GREEN]));
    await untilCondition(cluster, { is: 'True/Ready' });
    await sleep(1_000);
    expect((await told()).toSorted()).toEqual([READY, UNRESOLVED].toSorted());
    await eventually(
      async () =>
        expect((await events()).map(({ reason, series }) => `${reason} ${series?.count}`).toSorted()).toEqual(
          ['Ready 3', 'UnresolvedRefs 2'],
        ),
      { withinMs: 40_000, everyMs: 500 },
    );
  });

  test('count what happens again, with the right to do so and no more', async () => {
    const transport = connectTransport({
      userAgent: 'test',
      load: (kube) => kube.loadFromString(kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name)),
    });
    const results: unknown[] = [];
    const { tell, stop } = createEventRecorder({
      client: eventClient(transport, 'i'.repeat(128)),
      onResult: (result, error) => results.push(error ?? result),
      countingMs: 100,
    });
    const regarding = { apiVersion: API, kind: KIND, namespace: 'green', name: 'n'.repeat(253), uid: 'u' };
    const occurrence = {
      regarding,
      type: 'Warning',
      reason: 'NotEffective',
      note: 'ä'.repeat(2_000),
    } as const;
    for (let round = 0; round < 7; round += 1) tell([occurrence]);
    await eventually(async () => expect(await events('green')).toMatchObject([{ series: { count: 7 } }]));
    expect((await events('green'))[0]?.note).toHaveLength(512);
    expect(results).toEqual(['ok', 'ok']);
    stop();
    expect(await transport.request({ method: 'GET', path: '/apis/events.k8s.io/v1/events' })).toMatchObject({
      ok: false,
      error: { kind: 'forbidden' },
    });
    await transport.close();
  });

  test('name a field manager that rewrites a Sidecar in a loop, once', async () => {
    const [sidecar] = await cluster.list(story.GENERATED.sidecars);
    if (sidecar === undefined) throw new Error('no Sidecar');
    const { apiVersion, kind, metadata } = sidecar;
    const { name, namespace = 'red' } = metadata;
    for (let round = 0; round < 8; round += 1) {
      const foreign = { egress: [{ hosts: ['*/*'] }] };
      await cluster.apply(
        { apiVersion, kind, metadata: { name, namespace }, spec: foreign },
        { manager: 'opener' },
      );
      await eventually(async () =>
        expect((await cluster.get(refOf(sidecar)))?.['spec']).toEqual(sidecar['spec']),
      );
    }
    await untilTold([READY, UNRESOLVED, REWRITTEN]);
    const fight = (await events()).find(({ reason }) => reason === 'RewrittenByOthers');
    expect(fight?.note).toContain(`Sidecar/${name} is rewritten again and again`);
    expect(fight?.note).toContain('stop these field managers: opener');
  });
});
