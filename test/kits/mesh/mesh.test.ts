// The mesh kit with Sidecars and ServiceEntries written by hand: a test that relies on it notices every call that is
// allowed, every call that is blocked, and a single call that fails.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { realParts } from '../control-plane/real-parts.ts';
import { eventually, refOf, type KubeObject } from '../../support/cluster.ts';
import type { Answer } from './answer.ts';
import type { Loop } from './loop.ts';
import { startMesh, type Mesh } from './mesh.ts';
import type { Pod } from './pods.ts';
import { broken, google, range, sidecar } from './objects.ts';
import { ensureMeshParts } from './prerequisites.ts';
import type { CallRecord } from './traffic.ts';

const START_MS = 120_000;

const answeredBy = (server: string): Partial<Answer> => ({
  kind: 'answered',
  body: expect.objectContaining({ server }) as never,
});
const callsToGreen = async (loop: Loop): Promise<readonly CallRecord[]> =>
  (await loop.records()).filter(({ url }) => url.includes('green'));
const BLOCKED = { kind: 'blocked', how: 'closed' } as const;
const BAD_GATEWAY = { kind: 'blocked', how: 'http-502' } as const;

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))('a mesh of real parts', () => {
  let mesh: Mesh;
  let red: Pod;
  let plain: Pod;
  let applied: readonly KubeObject[] = [];

  const apply = async (...objects: readonly KubeObject[]): Promise<void> => {
    for (const object of objects) await mesh.cluster.apply(object);
    applied = [...applied, ...objects];
    await mesh.settled();
  };

  beforeAll(async () => {
    mesh = await startMesh();
    const pods = await Promise.all([
      mesh.addPod({ name: 'red', namespace: 'red', labels: { app: 'red' } }),
      mesh.addPod({ name: 'green', namespace: 'green', labels: { app: 'green' } }),
      mesh.addPod({ name: 'blue', namespace: 'blue', proxy: 'none' }),
      mesh.addPod({ name: 'plain', namespace: 'red', proxy: 'none' }),
    ]);
    const [, green, blue] = pods;
    [red, , , plain] = pods;
    await Promise.all([
      mesh.addService({ name: 'green-svc', namespace: 'green', endpoints: [green] }),
      mesh.addService({ name: 'blue-svc', namespace: 'blue', endpoints: [blue] }),
      mesh.addExternal({ host: 'www.google.com' }),
      mesh.addExternal({ host: 'evil.com' }),
    ]);
    await mesh.settled();
  }, START_MS);

  afterEach(async () => {
    for (const object of applied) await mesh.cluster.remove(refOf(object));
    applied = [];
    await mesh.settled();
  });

  afterAll(() => mesh.stop());

  test('without a Sidecar, REGISTRY_ONLY allows calls to the mesh and blocks calls outside', async () => {
    expect(await red.get('http://green-svc.green/')).toMatchObject(answeredBy('green'));
    expect(await red.get('http://blue-svc.blue/')).toMatchObject(answeredBy('blue'));
    expect(await red.get('https://www.google.com/')).toEqual(BLOCKED);
    expect(await mesh.istiod.sidecarOf('red', 'red')).toBeUndefined();
  });

  test('a Sidecar that imports no Service of the test blocks every call', async () => {
    await apply(sidecar('istio-system/*'));
    expect(await mesh.istiod.sidecarOf('red', 'red')).toBe('red');
    for (const url of [
      'http://green-svc.green',
      'http://blue-svc.blue',
      'http://evil.com',
      'https://evil.com',
    ])
      expect({ url, ...(await red.get(url)) }).toEqual({ url, ...BLOCKED });
  });

  test('a Sidecar allows what it lists and blocks the rest', async () => {
    await apply(google, sidecar('istio-system/*', 'green/*', './www.google.com'));
    expect(await red.get('http://green-svc.green/')).toEqual({
      kind: 'answered',
      status: 200,
      body: { server: 'green', from: red.ip, host: 'green-svc.green' },
    });
    expect(await red.get('https://www.google.com/')).toEqual({
      kind: 'answered',
      status: 200,
      body: { server: 'www.google.com', from: red.ip, host: 'www.google.com', sni: 'www.google.com' },
      certificate: 'www.google.com',
    });
    expect(await red.get('http://www.google.com/')).toMatchObject(answeredBy('www.google.com'));
    expect(await red.get('http://blue-svc.blue/')).toEqual(BAD_GATEWAY);
    expect(await red.get('http://evil.com/')).toEqual(BAD_GATEWAY);
    expect(await red.get('https://evil.com/')).toEqual(BLOCKED);
  });

  test('a call can use another Host header, server name or address than its URL', async () => {
    await apply(google, sidecar('green/*', './www.google.com'));
    expect(await red.get('http://evil.com/', { host: 'www.google.com' })).toMatchObject(
      answeredBy('www.google.com'), // Envoy routes by the Host header, so evil.com receives nothing
    );
    expect(await red.get('https://www.google.com/', { sni: 'evil.com' })).toEqual(BLOCKED);
    expect(await plain.get('https://www.google.com/', { connectTo: 'evil.com:80' })).toEqual(BLOCKED);
    expect(await plain.get('https://evil.com/', { sni: 'www.google.com' })).toMatchObject({
      body: { server: 'evil.com', host: 'www.google.com', sni: 'www.google.com' },
      certificate: 'evil.com',
    });
  });

  test('a name that does not resolve is an error, not a blocked call', async () => {
    await expect(red.get('http://no-such-name.example/')).rejects.toThrow('exit code 6');
  });

  test('DNS over TCP goes through Envoy to kube-dns', async () => {
    expect(await red.dnsOverTcp('evil.com')).toEqual([expect.stringMatching(/^198\.51\.100\.\d+$/)]);
    await apply(sidecar('green/*'));
    expect(await red.dnsOverTcp('evil.com')).toEqual({ failed: 'closed' });
    await apply(sidecar('green/*', 'kube-system/kube-dns.kube-system.svc.cluster.local'));
    expect(await red.dnsOverTcp('evil.com')).toEqual([expect.stringMatching(/^198\.51\.100\.\d+$/)]);
    expect(await red.dnsOverTcp('no-such-name.example')).toEqual([]);
  });

  test('an external host can have any address and port', async () => {
    const database = await mesh.addExternal({ host: 'db.example.com', ip: '203.0.113.10', ports: [5432] });
    expect(await red.get('http://203.0.113.10:5432/')).toEqual(BLOCKED);
    await apply(range, sidecar('./range.invalid'));
    expect(await red.get('http://203.0.113.10:5432/')).toMatchObject(answeredBy('db.example.com'));
    await database.remove();
  });

  test('a pod whose labels change is governed by another Sidecar', async () => {
    await apply(sidecar('istio-system/*'));
    await red.relabel({ app: 'scarlet' });
    await mesh.settled();
    expect(await mesh.istiod.sidecarOf('red', 'red')).toBeUndefined();
    expect(await red.get('http://green-svc.green/')).toMatchObject(answeredBy('green'));
    await red.relabel({ app: 'red' });
    await mesh.settled();
    expect(await red.get('http://green-svc.green/')).toEqual(BLOCKED);
  });

  test('ALLOW_ANY allows calls outside the mesh for pods without a Sidecar', async () => {
    await mesh.setOutboundTrafficPolicy('ALLOW_ANY');
    await mesh.settled();
    expect(await red.get('https://evil.com/')).toMatchObject(answeredBy('evil.com'));
    await mesh.setOutboundTrafficPolicy('REGISTRY_ONLY');
    await mesh.settled();
    expect(await red.get('https://evil.com/')).toEqual(BLOCKED);
  });

  test('a pod without an Envoy can call everything, including a ClusterIP with several endpoints', async () => {
    const servers = await Promise.all(
      ['first', 'second'].map((name) => mesh.addPod({ name, namespace: 'pair', proxy: 'none' })),
    );
    const pair = await mesh.addService({ name: 'pair', namespace: 'pair', endpoints: servers });
    const answering = new Set<string>();
    await eventually(async () => {
      const answer = await plain.get(`http://${pair.host}/`);
      if (answer.kind === 'answered') answering.add(answer.body.server);
      expect([...answering].toSorted()).toEqual(['first', 'second']);
    });
    for (const pod of servers) await pod.remove();
    await mesh.settled();
    expect(await red.get(`http://${pair.host}/`)).toEqual({ kind: 'blocked', how: 'http-503' });
    await pair.remove();
    expect(await plain.get('https://evil.com/')).toMatchObject(answeredBy('evil.com'));
  });

  test('a loop records each call that fails while a Sidecar changes, and none fails to a host that stays', async () => {
    await apply(google, sidecar('green/*', './www.google.com'));
    const urls = ['http://green-svc.green/', 'https://www.google.com/'];
    const [fresh, kept] = await Promise.all([red.loop(urls), red.loop(urls, { keepAlive: true })]);
    await apply(sidecar('green/*', './www.google.com', 'blue/*'));
    await apply(sidecar('green/green-svc.green.svc.cluster.local', './www.google.com'));
    const beforeRemoval = Date.now();
    await apply(sidecar('./www.google.com'));
    const settled = Date.now();
    await eventually(async () => expect((await callsToGreen(fresh)).at(-1)?.at).toBeGreaterThan(settled));
    for (const records of [await fresh.stop(), await kept.stop()]) {
      const failed = records.filter(({ answer }) => answer.kind !== 'answered');
      expect(new Set(records.map(({ url }) => url))).toEqual(new Set(urls));
      expect(failed.filter(({ url, at }) => url.includes('google') || at < beforeRemoval)).toEqual([]);
    }
    const late = (await callsToGreen(fresh)).filter(({ at }) => at > settled);
    expect(late.filter(({ answer }) => answer.kind === 'answered')).toEqual([]);
  });

  test('does not settle if an Envoy rejects its configuration', async () => {
    await expect(apply(broken)).rejects.toThrow(/red\.red rejects: .*broken/);
    await mesh.cluster.remove(refOf(broken));
    await mesh.settled();
  });
});
