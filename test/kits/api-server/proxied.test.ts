// The fault proxy is invisible as long as no fault is put in: the conformance suite passes through it, and the real
// server takes it for its own user.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { installCrds } from '../control-plane/crds.ts';
import { startKubernetes } from '../control-plane/kubernetes.ts';
import { realParts } from '../control-plane/real-parts.ts';
import { startFaultProxy } from '../fault-proxy/proxy.ts';
import { conformance, type Subject } from './conformance.ts';
import { definitionOf } from './conformance/widget.ts';
import { openWire } from './conformance/wire.ts';
import { startApiServer } from './server.ts';

conformance('the in-process API server behind the fault proxy', async (): Promise<Subject> => {
  const server = await startApiServer();
  const proxy = await startFaultProxy(server);
  const istio = await readFile(join(import.meta.dirname, 'istio-crds.yaml'), 'utf8');
  await installCrds(proxy.kubeconfig, [stringify(definitionOf('Widget')), istio]);
  return {
    kubeconfig: proxy.kubeconfig,
    forget: () => Promise.resolve(server.compact()),
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
});

describe.runIf(await realParts(ensureBinaries()))('the real API server', () => {
  test('takes the fault proxy for its own user', async () => {
    const kubernetes = await startKubernetes();
    const proxy = await startFaultProxy(kubernetes);
    const wire = openWire(proxy.kubeconfig);
    const { body } = await wire.send('POST', '/api/v1/namespaces', { metadata: { name: 'proxied' } });
    expect(body.metadata.name).toBe('proxied');
    const stream = await wire.watch(
      '/api/v1/namespaces?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dproxied',
    );
    expect((await stream.atLeast(1))[0]?.object.metadata.uid).toBe(body.metadata.uid);
    stream.close();
    await wire.close();
    await proxy.stop();
    await kubernetes.stop();
  });
});
