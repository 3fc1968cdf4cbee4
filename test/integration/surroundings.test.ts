// Foreign configuration that affects an intent, on a real API server and with the shipped role: the controller reports it
// at once and never changes it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { SERVICE_ACCOUNT } from '../support/deploy.ts';
import { messageOf, untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const DETOUR: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'detour', namespace: 'green' },
  spec: {
    hosts: ['nginx-green-svc'],
    http: [{ route: [{ destination: { host: 'nginx-blue-svc.blue.svc.cluster.local' } }] }],
  },
};

const MESH: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: {
    mesh: JSON.stringify({
      extensionProviders: [
        { name: 'zipkin', zipkin: { service: 'zipkin.obs.svc.cluster.local', port: 9411 } },
      ],
      defaultProviders: { tracing: ['zipkin'] },
    }),
  },
};
const ZIPKIN = 'obs/zipkin.obs.svc.cluster.local';
const PLATFORM_HOSTS = 'egressintent.io/platform-hosts';

describe.runIf(await realParts(ensureBinaries()))('foreign configuration', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller;

  beforeAll(async () => {
    ({ kubernetes, cluster } = await startRealCluster({
      objects: [...story.storyObjects, story.appIntent([story.GREEN])],
    }));
    controller = await runningController(kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name));
    await untilCondition(cluster, { is: 'True/Ready' });
  });

  afterAll(async () => {
    await controller.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  test('a VirtualService that routes to a host without a grant is noted until it is deleted, and stays as it is', async () => {
    const created = await cluster.create(DETOUR);
    const accepted = async (): Promise<string> =>
      messageOf(await untilCondition(cluster, { is: 'True/Ready' }), 'Accepted');
    await eventually(async () =>
      expect(await accepted()).toMatch(
        /VirtualService green\/detour .* nginx-blue-svc.blue.svc.cluster.local/,
      ),
    );
    expect(await cluster.get(refOf(DETOUR))).toEqual(created);
    await cluster.remove(refOf(DETOUR));
    await eventually(async () => expect(await accepted()).not.toMatch(/detour/));
  });

  test('a host that MeshConfig makes every proxy call is listed at once, with the reason', async () => {
    const reasons = async (): Promise<string | undefined> => {
      const [sidecar] = await cluster.list(story.GENERATED.sidecars);
      const reason = sidecar?.metadata.annotations?.[PLATFORM_HOSTS];
      expect(JSON.stringify(sidecar?.['spec']).includes(ZIPKIN)).toBe(reason !== undefined);
      return reason;
    };
    expect(await reasons()).toBeUndefined();
    await cluster.apply(MESH);
    await eventually(async () =>
      expect(await reasons()).toBe(`${ZIPKIN}: ConfigMap istio-system/istio (provider zipkin)`),
    );
    await cluster.remove(refOf(MESH));
    await eventually(async () => expect(await reasons()).toBeUndefined());
  });
});
