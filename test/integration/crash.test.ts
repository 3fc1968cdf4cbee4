// The controller is killed with SIGKILL before or after each of its writes, and started again: a restricted pod never loses
// its restriction, a grant that stays is never interrupted, and the result is the same.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { startFaultProxy, type FaultProxy } from '../kits/fault-proxy/proxy.ts';
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { startControllerProcess } from '../support/controller-process.ts';
import { untilCondition } from '../support/intent-status.ts';
import { allowedBy } from '../support/model-mesh.ts';
import { startRealCluster, type RealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const PODS_OF_RED = { apiVersion: 'v1', plural: 'pods', namespace: 'red' } as const;
const WEB = { app: 'web' } as const;
const FRONT = { tier: 'front' } as const;

const web = (allow: Parameters<typeof story.intent>[0]): KubeObject =>
  story.intent(allow, { name: 'web', selector: WEB });
const front = (allow: Parameters<typeof story.intent>[0]): KubeObject =>
  story.intent(allow, { name: 'front', selector: FRONT });

/** Removes everything of an earlier run, including objects that its controller did not delete before it was killed. */
async function clear(cluster: Cluster): Promise<void> {
  const collections = [story.intentRef(), PODS_OF_RED, ...Object.values(story.GENERATED)];
  for (const collection of collections) {
    for (const object of await cluster.list(collection))
      await cluster.remove({ ...collection, name: object.metadata.name });
  }
  await eventually(async () => expect(await cluster.list(PODS_OF_RED)).toEqual([]));
}

/** Creates a namespace with two scopes and a default. */
async function prepare(cluster: Cluster): Promise<void> {
  for (const object of [
    ...['red', 'green', 'blue'].map(story.namespaceObject),
    story.podObject('web', 'red', WEB),
    story.podObject('front', 'red', FRONT),
    story.serviceObject('nginx-blue-svc', 'blue'),
    web([story.GREEN, { host: 'old.example.com' }]),
    front([story.BLUE_SVC]),
    story.intent([story.GREEN], { name: 'default' }),
  ]) {
    await cluster.apply(object);
  }
}

/**
 * Changes everything at once: a pod with both labels needs a scope above the two, so both Sidecars are created again; one
 * host replaces another; the default intent is deleted.
 */
async function change(cluster: Cluster): Promise<void> {
  await cluster.apply(story.podObject('both', 'red', { ...WEB, ...FRONT }));
  await cluster.apply(web([story.GREEN, story.GOOGLE]));
  await cluster.remove(story.intentRef('default'));
}

const PODS = [WEB, FRONT, { ...WEB, ...FRONT }] as const;

/** What each pod of `PODS` may call: hosts as in a Sidecar, or everything. */
type View = readonly (ReadonlySet<string> | 'open')[];

async function view(cluster: Cluster): Promise<View> {
  const objects = (
    await Promise.all(Object.values(story.GENERATED).map((collection) => cluster.list(collection)))
  ).flat();
  return PODS.map((labels) => allowedBy('red', objects, labels));
}

/** Events decide nothing, and come behind the writes at no certain moment. */
const isWrite = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method !== 'GET' && !path.startsWith('/apis/events.k8s.io/');
const untilReady = async (cluster: Cluster): Promise<void> => {
  await untilCondition(cluster, { intent: 'web', is: 'True/Ready' });
  await untilCondition(cluster, { intent: 'front', is: 'True/Ready' });
};

type Boundary = { readonly when: 'before' | 'after'; readonly write: number };

/** Makes the change with a kill at the boundary. Returns the view after each write, and whether the kill happened. */
async function runWith(
  { cluster, kubeconfig }: RealCluster,
  { when, write }: Boundary,
): Promise<{ readonly killed: boolean; readonly views: readonly View[] }> {
  const proxy = await startFaultProxy({ kubeconfig });
  try {
    await clear(cluster);
    await prepare(cluster);
    const first = await runningController(kubeconfig);
    await untilReady(cluster);
    await untilCondition(cluster, { intent: 'default', is: 'True/Ready' });
    await first.stop();
    await change(cluster);

    const views: View[] = [await view(cluster)];
    const killed = await runUntilKilled(proxy, cluster, { when, write }, views);
    const last = await runningController(kubeconfig);
    await untilReady(cluster);
    await eventually(async () => {
      const entries = await cluster.list(story.GENERATED.serviceEntries);
      expect(entries.map(({ spec }) => (spec as { hosts: string[] }).hosts)).toEqual([['www.google.com']]);
    });
    await last.stop();
    views.push(await view(cluster));
    return { killed, views };
  } finally {
    await proxy.stop();
  }
}

async function runUntilKilled(
  proxy: FaultProxy,
  cluster: Cluster,
  { when, write }: Boundary,
  views: View[],
): Promise<boolean> {
  const writes: number[] = []; // each by the order number of its request
  let killed = false;
  const controller = await startControllerProcess(proxy.kubeconfig);
  const kill = async (): Promise<void> => {
    killed = true;
    controller.kill();
    await controller.ended;
  };
  const stopCounting = proxy.onRequest(async (request) => {
    if (!isWrite(request)) return;
    writes.push(request.order);
    if (when === 'before' && writes.length === write) await kill();
  });
  const stopViewing = proxy.onResponse(async (request) => {
    if (!isWrite(request)) return;
    views.push(await view(cluster));
    if (when === 'after' && writes[write - 1] === request.order) await kill();
  });
  await Promise.race([controller.ended, untilReady(cluster).then(() => untilQuiet(proxy))]);
  stopCounting();
  stopViewing();
  controller.kill();
  await controller.ended;
  return killed;
}

/** Waits until the number of writes is the same twice in a row. The last write of a reconcile is a status. */
async function untilQuiet(proxy: FaultProxy): Promise<void> {
  let before = -1;
  await eventually(
    () => {
      const now = proxy.requests().filter(isWrite).length;
      const quiet = now === before;
      before = now;
      if (!quiet) throw new Error('still writing');
    },
    { everyMs: 100 },
  );
}

/** Expects that each view grants only what the first or last view grants, and all that both of them grant. */
function expectBetween(views: readonly View[]): void {
  const [start = [], end = []] = [views[0], views.at(-1)];
  for (const now of views) {
    for (const [pod, allowed] of now.entries()) {
      const [before, after] = [start[pod] ?? 'open', end[pod] ?? 'open'];
      expect(allowed).not.toBe('open');
      if (allowed === 'open' || before === 'open' || after === 'open') continue;
      expect([...allowed.difference(before.union(after))]).toEqual([]);
      expect([...before.intersection(after).difference(allowed)]).toEqual([]);
    }
  }
}

const PLATFORM = 'kube-system/kube-dns.kube-system.svc.cluster.local';
const BLUE = 'blue/nginx-blue-svc.blue.svc.cluster.local';
const END: View = [
  new Set([PLATFORM, 'green/*', 'red/www.google.com']),
  new Set([PLATFORM, BLUE]),
  new Set([PLATFORM, 'green/*', 'red/www.google.com', BLUE]),
];

describe.runIf(await realParts(ensureBinaries()))(
  'a controller that is killed with SIGKILL, on a real API server',
  () => {
    let real: RealCluster;

    beforeAll(async () => {
      real = await startRealCluster({ objects: [] });
    });
    afterAll(async () => {
      await real.cluster.close();
      await real.kubernetes.stop();
    });

    test.each(['before', 'after'] as const)(
      '%s any write comes to the same result after a restart and opens nothing on the way',
      { timeout: 240_000 },
      async (when) => {
        let boundaries = 0;
        for (let write = 1; ; write += 1) {
          const { killed, views } = await runWith(real, { when, write });
          expectBetween(views);
          expect(views.at(-1)).toEqual(END);
          if (!killed) break;
          boundaries += 1;
        }
        expect(boundaries).toBeGreaterThan(8);
      },
    );
  },
);
