// What holds the controller back, on a real API server and with the shipped role: the brake on deletions and narrowings over all namespaces, a
// paused namespace, and mode audit.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/controller/config.ts';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { SERVICE_ACCOUNT } from '../support/deploy.ts';
import { conditionsOf } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const NAMESPACES = ['red', 'green', 'blue'] as const;
const EACH = 9;
const SIDECARS = { apiVersion: 'networking.istio.io/v1', plural: 'sidecars' };
const INTENTS = { apiVersion: 'egressintent.io/v1alpha1', plural: 'egressintents' };

const intents = (allow: readonly story.AllowEntry[]): readonly KubeObject[] =>
  NAMESPACES.flatMap((namespace) =>
    Array.from({ length: EACH }, (_, index) => {
      const object = story.intent(allow, { name: `app-${index}`, selector: { app: `app-${index}` } });
      return { ...object, metadata: { ...object.metadata, namespace } };
    }),
  );

describe.runIf(await realParts(ensureBinaries()))('the brakes', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller | undefined;

  beforeAll(async () => {
    ({ kubernetes, cluster } = await startRealCluster());
  });
  afterEach(async () => {
    await controller?.stop();
    controller = undefined;
  });
  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  const start = async (config: Parameters<typeof runningController>[1]): Promise<void> => {
    controller = await runningController(kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name), config);
  };
  const applyAll = async (objects: readonly KubeObject[]): Promise<void> => {
    for (const object of objects) await cluster.apply(object);
  };
  const annotate = (name: string, annotations: object): Promise<KubeObject> =>
    cluster.patch({ apiVersion: 'v1', plural: 'namespaces', name }, { metadata: { annotations } });
  const sidecars = (): Promise<readonly KubeObject[]> => cluster.list(SIDECARS);
  /** How many Sidecars list the host. */
  const listing = async (host: string): Promise<number> =>
    (await sidecars()).filter((object) => JSON.stringify(object).includes(host)).length;
  /** The messages of Programmed that name a cause. */
  const held = async (cause: RegExp): Promise<readonly string[]> =>
    (await cluster.list(INTENTS)).flatMap((object) =>
      conditionsOf(object).flatMap(({ type, reason, message }) =>
        type === 'Programmed' && reason === 'Withheld' && cause.test(message) ? [message] : [],
      ),
    );

  test('in mode audit nothing but statuses is written', async () => {
    await start({ mode: 'audit' });
    await applyAll(intents([story.GREEN, story.BLUE_SVC]));
    await eventually(async () => expect(await held(/--mode=audit/)).toHaveLength(NAMESPACES.length * EACH));
    expect(await sidecars()).toEqual([]);
  });

  test('a paused namespace stays as it is, also when its intents are deleted, and others do not', async () => {
    await start({});
    await eventually(async () => expect(await listing('nginx-blue-svc')).toBe(NAMESPACES.length * EACH));
    await annotate('red', { 'egressintent.io/paused': 'true' });
    const before = await cluster.list({ ...SIDECARS, namespace: 'red' });
    await applyAll(intents([story.GREEN, story.BLUE_SVC, story.REGISTERED]));
    for (let index = 0; index < 3; index += 1) await cluster.remove(story.intentRef(`app-${index}`));
    await eventually(async () => expect(await listing('api.example.com')).toBe(2 * EACH));
    await eventually(async () => expect(await held(/namespace is paused/)).toHaveLength(EACH - 3));
    expect(await cluster.list({ ...SIDECARS, namespace: 'red' })).toEqual(before);
    await annotate('red', { 'egressintent.io/paused': null });
    await eventually(async () => expect(await listing('api.example.com')).toBe(NAMESPACES.length * EACH - 3));
    expect(await sidecars()).toHaveLength(NAMESPACES.length * EACH - 3);
    await applyAll(intents([story.GREEN, story.BLUE_SVC]));
    await eventually(async () => expect(await listing('nginx-blue-svc')).toBe(NAMESPACES.length * EACH));
  });

  test('at most 20 Sidecars of all namespaces are narrowed or deleted until somebody acknowledges more', async () => {
    await start({ removalLimit: DEFAULTS.removalLimit });
    await eventually(async () => expect(await listing('nginx-blue-svc')).toBe(NAMESPACES.length * EACH));
    await applyAll(intents([story.GREEN]).slice(0, 2 * EACH));
    for (const { name, namespace = '' } of intents([])
      .slice(2 * EACH)
      .map(({ metadata }) => metadata))
      await cluster.remove({ ...INTENTS, namespace, name });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const untouched = await listing('nginx-blue-svc');
    expect(untouched).toBeGreaterThanOrEqual(NAMESPACES.length * EACH - 20);
    const ahead = `${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}Z`;
    await annotate('istio-system', { 'egressintent.io/acknowledged': ahead });
    await eventually(async () => expect(await listing('nginx-blue-svc')).toBe(0));
    await eventually(async () => expect(await sidecars()).toHaveLength(2 * EACH));
    expect(await held(/acknowledged=/)).toEqual([]);
  });
});
