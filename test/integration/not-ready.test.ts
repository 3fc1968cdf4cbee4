// What the process says where it cannot work, on a real API server and with the shipped role: /readyz names the kind and the remedy, which
// works; a port that is taken ends it.
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serveHealth } from '../../src/controller/ports/endpoints.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { installCrds } from '../kits/control-plane/crds.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { freePort } from '../kits/control-plane/ports.ts';
import { demand, realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { startControllerProcess, type ControllerProcess } from '../support/controller-process.ts';
import { crdText, manifests } from '../support/deploy.ts';
import { startRealCluster } from '../support/real-cluster.ts';

const DEFINITIONS = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };

type Rule = { readonly resources: readonly string[] };
type Role = KubeObject & { readonly rules: readonly Rule[] };

/** The role without the rights on a resource. */
const without = (role: Role, resource: string): Role => ({
  ...role,
  rules: role.rules.map(({ resources, ...rule }) => ({
    ...rule,
    resources: resources.map((each) => (each === resource ? `not-${each}` : each)),
  })),
});

describe.runIf(await realParts(ensureBinaries()))('a controller that cannot work', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let kubeconfig: string;
  let healthPort: number;
  let controller: ControllerProcess | undefined;

  beforeAll(async () => {
    ({ kubernetes, cluster, kubeconfig } = await startRealCluster({ objects: [] }));
    healthPort = await freePort('127.0.0.1');
  });
  afterEach(async () => {
    controller?.kill();
    await controller?.ended;
    controller = undefined;
  });
  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  const start = async (...flags: readonly string[]): Promise<ControllerProcess> => {
    controller = await startControllerProcess(kubeconfig, ['--health-port', String(healthPort), ...flags]);
    return controller;
  };
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  const untilReadinessIs = (expected: RegExp, withinMs = 10_000): Promise<void> =>
    eventually(async () => expect(await get('/readyz')).toMatch(expected), { withinMs });

  test.each([
    { kind: 'EgressIntent', definition: 'egressintents.egressintent.io' },
    { kind: 'Sidecar', definition: 'sidecars.networking.istio.io' },
    { kind: 'ServiceEntry', definition: 'serviceentries.networking.istio.io' },
  ])(
    'for lack of the definition of $kind says so, and is ready once that is created',
    async ({ kind, definition }) => {
      await cluster.remove({ ...DEFINITIONS, name: definition });
      await eventually(async () =>
        expect(await cluster.get({ ...DEFINITIONS, name: definition })).toBeUndefined(),
      );
      await start();
      await untilReadinessIs(
        new RegExp(
          `^503 ${kind} is not listed yet: .*so create CustomResourceDefinition ${definition.replaceAll('.', '\\.')}\n$`,
        ),
      );
      expect(await get('/healthz')).toBe('200 ok\n');
      const { istioCrds } = demand(await ensureBinaries());
      await installCrds(kubernetes.kubeconfig, [await readFile(istioCrds, 'utf8'), await crdText()]);
      await untilReadinessIs(/^200 ok\n$/, 5_000);
    },
  );

  test.each([
    { kind: 'Service', resource: 'services', role: 'ClusterRole' },
    { kind: 'EgressIntent', resource: 'egressintents', role: 'ClusterRole' },
    { kind: 'VirtualService', resource: 'virtualservices', role: 'ClusterRole' },
    { kind: 'ConfigMap', resource: 'configmaps', role: 'Role' },
  ])(
    'for lack of a right on $resource says so, and is ready once that is granted',
    async ({ kind, resource, role }) => {
      const roles = (await manifests()).filter((object): object is Role => object.kind === role);
      for (const object of roles) await cluster.apply(without(object, resource));
      await start();
      await untilReadinessIs(
        new RegExp(`^503 ${kind} is not listed yet: 403 .* cannot list resource "${resource}" .*\n$`),
      );
      expect(await get('/healthz')).toBe('200 ok\n');
      for (const object of roles) await cluster.apply(object);
      await untilReadinessIs(/^200 ok\n$/, 5_000);
    },
  );

  test.each(['health', 'metrics'])('because its %s port is taken ends with 2', async (name) => {
    const taken = await serveHealth(0, () => []);
    const { ended, log } = await start(`--${name}-port`, String(taken.port));
    expect(await ended).toBe(2);
    expect(log().at(-1)).toMatch(
      new RegExp(`^egress-intent controller: port ${taken.port} cannot be opened: .*EADDRINUSE`),
    );
    await taken.close();
  });

  test('that hears nothing for 2 minutes is not ready, and is again once the API server answers', async () => {
    await start();
    await untilReadinessIs(/^200/);
    kubernetes.pause();
    try {
      await untilReadinessIs(/^503 nothing was heard of \w+ for 12\d s/, 135_000);
      // Each kind was heard of last at a time of its own.
      await untilReadinessIs(/^503 (nothing was heard of \w+ for 1\d\d s.*\n){10,}$/, 30_000);
    } finally {
      kubernetes.resume();
    }
    await untilReadinessIs(/^200 ok\n$/, 30_000);
    expect(await get('/healthz')).toBe('200 ok\n');
  }, 200_000);
});
