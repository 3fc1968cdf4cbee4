// The kit that runs istiod: it is ready, it reads the cluster, and its mesh configuration can be changed.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, eventually, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { ensureBinaries } from './binaries.ts';
import { analyze } from './istioctl.ts';
import { startIstiod, type Istiod } from './istiod.ts';
import { startKubernetes, type Kubernetes } from './kubernetes.ts';
import { demand, realParts } from './real-parts.ts';

const START_MS = 60_000;

const sidecar = (name: string): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name, namespace: 'default' },
  spec: { workloadSelector: { labels: { app: 'red' } }, egress: [{ hosts: ['istio-system/*'] }] },
});

describe.runIf(await realParts(ensureBinaries()))('a real istiod', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let istiod: Istiod;

  beforeAll(async () => {
    const crds = await readFile(demand(await ensureBinaries()).istioCrds, 'utf8');
    kubernetes = await startKubernetes({ crds: [crds] });
    cluster = connect(kubernetes.kubeconfig);
    istiod = await startIstiod({
      kubeconfig: kubernetes.kubeconfig,
      meshConfig: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}',
    });
  }, START_MS);

  afterAll(async () => {
    await istiod.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  test('starts with the given mesh configuration', async () => {
    const { outboundTrafficPolicy } = (await istiod.debug('/debug/mesh')) as Record<string, unknown>;
    expect(outboundTrafficPolicy).toEqual({}); // REGISTRY_ONLY is the enum's zero value, so it is left out
  });

  test('uses another mesh configuration after setMeshConfig', async () => {
    await istiod.setMeshConfig('{outboundTrafficPolicy: {mode: ALLOW_ANY}, enableAutoMtls: false}');
    expect(await istiod.debug('/debug/mesh')).toMatchObject({
      outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
      enableAutoMtls: false,
    });
  });

  test('reads the Sidecars of the cluster', async () => {
    await cluster.create(sidecar('red'));
    await eventually(async () =>
      expect(JSON.stringify(await istiod.debug('/debug/configz'))).toContain('"name":"red"'),
    );
  });

  test('numbers its pushes in ascending order', async () => {
    const first = await istiod.push();
    expect(await istiod.push()).toBeGreaterThan(first);
  });

  test('has no Sidecar for a pod that is not connected', async () => {
    await expect(istiod.sidecarOf('absent', 'default')).rejects.toThrow('404');
  });

  test('allocates an address to a ServiceEntry without one', async () => {
    const entry: KubeObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'api', namespace: 'default' },
      spec: {
        hosts: ['api.example.com'],
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
        resolution: 'DNS',
      },
    };
    await cluster.create(entry);
    const ref = { apiVersion: entry.apiVersion, plural: 'serviceentries', namespace: 'default', name: 'api' };
    const live = await eventually(async () => {
      const found = await cluster.get(ref);
      expect(found?.['status']).toBeDefined();
      return found;
    });
    expect(live?.['status']).toMatchObject({ addresses: [{ host: 'api.example.com' }, {}] });
  });

  test('is in a cluster that istioctl can analyze, Pods included', async () => {
    await cluster.create(sidecar('also-red'));
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'red', namespace: 'default', labels: { app: 'red' } },
      spec: { containers: [{ name: 'app', image: 'none' }] },
    });
    const messages = await analyze([], { kubeconfig: kubernetes.kubeconfig });
    const conflicts = messages.filter(({ code }) => code === 'IST0110').map(({ origin }) => origin);
    expect(conflicts.toSorted()).toEqual(['Sidecar default/also-red', 'Sidecar default/red']);
  });
});
