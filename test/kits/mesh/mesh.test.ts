// Proves the kit of the mesh with Sidecars and ServiceEntries written by hand: that a test which relies on it would
// notice what is open, what is closed, and a single call that fails.
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
const CLOSED = { kind: 'blocked', how: 'closed' } as const;
const BAD_GATEWAY = { kind: 'blocked', how: 'http-502' } as const;

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))('a mesh of real parts', () => {
  let mesh: Mesh;
  let red: Pod;
  let plain: Pod;
  let applied: readonly KubeObject[] = [];

  const given = async (...objects: readonly KubeObject[]): Promise<void> => {
    for (const object of objects) await mesh.cluster.apply(object);
    applied = [...applied, ...objects];
    await mesh.settled();
  };

  beforeAll(async () => {
    mesh = await startMesh();
    const pods = await Promise.all([
      mesh.addPod({ name: 'red', namespace: 'red', labels: { app: 'red' } }),
      mesh.addPod({ name: 'green', namespace: 'green', labels: { app: 'green' } }),
      mesh.addPod({ name: 'blue', namespace: 'blue', sidecar: false }),
      mesh.addPod({ name: 'plain', namespace: 'red', sidecar: false }),
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

  test('without a Sidecar, REGISTRY_ONLY lets a pod call the mesh and nothing outside', async () => {
    expect(await red.get('http://green-svc.green/')).toMatchObject(answeredBy('green'));
    expect(await red.get('http://blue-svc.blue/')).toMatchObject(answeredBy('blue'));
    expect(await red.get('https://www.google.com/')).toEqual(CLOSED);
    expect(await mesh.istiod.sidecarOf('red', 'red')).toBeUndefined();
  });

  test('a Sidecar that imports nothing useful closes everything', async () => {
    await given(sidecar('istio-system/*'));
    expect(await mesh.istiod.sidecarOf('red', 'red')).toBe('red');
    for (const url of [
      'http://green-svc.green',
      'http://blue-svc.blue',
      'http://evil.com',
      'https://evil.com',
    ])
      expect({ url, ...(await red.get(url)) }).toEqual({ url, ...CLOSED });
  });

  test('a Sidecar opens what it lists, and the rest stays closed', async () => {
    await given(google, sidecar('istio-system/*', 'green/*', './www.google.com'));
    expect(await red.get('http://green-svc.green/')).toEqual({
      kind: 'answered',
      status: 200,
      body: { server: 'green', host: 'green-svc.green' },
    });
    expect(await red.get('https://www.google.com/')).toEqual({
      kind: 'answered',
      status: 200,
      body: { server: 'www.google.com', host: 'www.google.com', sni: 'www.google.com' },
      certificate: 'www.google.com',
    });
    expect(await red.get('http://www.google.com/')).toMatchObject(answeredBy('www.google.com'));
    expect(await red.get('http://blue-svc.blue/')).toEqual(BAD_GATEWAY);
    expect(await red.get('http://evil.com/')).toEqual(BAD_GATEWAY);
    expect(await red.get('https://evil.com/')).toEqual(CLOSED);
  });

  test('a call can lie about its host, its server name and its address', async () => {
    await given(google, sidecar('green/*', './www.google.com'));
    expect(await red.get('http://evil.com/', { host: 'www.google.com' })).toMatchObject(
      answeredBy('www.google.com'), // Envoy goes by the Host header, and evil.com never hears of it
    );
    expect(await red.get('https://www.google.com/', { sni: 'evil.com' })).toEqual(CLOSED);
    expect(await plain.get('https://www.google.com/', { connectTo: 'evil.com:80' })).toEqual(CLOSED);
    expect(await plain.get('https://evil.com/', { sni: 'www.google.com' })).toMatchObject({
      body: { server: 'evil.com', host: 'www.google.com', sni: 'www.google.com' },
      certificate: 'evil.com',
    });
  });

  test('an unknown name is a mistake of the test, not a blocked call', async () => {
    await expect(red.get('http://no-such-name.example/')).rejects.toThrow('exit code 6');
  });

  test('DNS over TCP goes through Envoy to kube-dns', async () => {
    expect(await red.dnsOverTcp('evil.com')).toEqual([expect.stringMatching(/^198\.51\.100\.\d+$/)]);
    await given(sidecar('green/*'));
    expect(await red.dnsOverTcp('evil.com')).toEqual({ failed: 'closed' });
    await given(sidecar('green/*', 'kube-system/kube-dns.kube-system.svc.cluster.local'));
    expect(await red.dnsOverTcp('evil.com')).toEqual([expect.stringMatching(/^198\.51\.100\.\d+$/)]);
    expect(await red.dnsOverTcp('no-such-name.example')).toEqual([]);
  });

  test('an outside address can be anywhere, on any port', async () => {
    const database = await mesh.addExternal({ host: 'db.example.com', ip: '203.0.113.10', ports: [5432] });
    expect(await red.get('http://203.0.113.10:5432/')).toEqual(CLOSED);
    await given(range, sidecar('./range.invalid'));
    expect(await red.get('http://203.0.113.10:5432/')).toMatchObject(answeredBy('db.example.com'));
    await database.remove();
  });

  test('a pod whose labels change is governed by another Sidecar', async () => {
    await given(sidecar('istio-system/*'));
    await red.relabel({ app: 'scarlet' });
    await mesh.settled();
    expect(await mesh.istiod.sidecarOf('red', 'red')).toBeUndefined();
    expect(await red.get('http://green-svc.green/')).toMatchObject(answeredBy('green'));
    await red.relabel({ app: 'red' });
    await mesh.settled();
    expect(await red.get('http://green-svc.green/')).toEqual(CLOSED);
  });

  test('ALLOW_ANY opens the outside for pods without a Sidecar', async () => {
    await mesh.setOutboundTrafficPolicy('ALLOW_ANY');
    await mesh.settled();
    expect(await red.get('https://evil.com/')).toMatchObject(answeredBy('evil.com'));
    await mesh.setOutboundTrafficPolicy('REGISTRY_ONLY');
    await mesh.settled();
    expect(await red.get('https://evil.com/')).toEqual(CLOSED);
  });

  test('a pod without an Envoy calls what it likes, ClusterIPs of several endpoints among it', async () => {
    const others = await Promise.all(
      ['one', 'two'].map((name) => mesh.addPod({ name, namespace: 'pair', sidecar: false })),
    );
    const pair = await mesh.addService({ name: 'pair', namespace: 'pair', endpoints: others });
    const servers = new Set<string>();
    await eventually(async () => {
      const answer = await plain.get(`http://${pair.host}/`);
      if (answer.kind === 'answered') servers.add(answer.body.server);
      expect([...servers].toSorted()).toEqual(['one', 'two']);
    });
    for (const pod of others) await pod.remove();
    await mesh.settled();
    expect(await red.get(`http://${pair.host}/`)).toEqual({ kind: 'blocked', how: 'http-503' });
    await pair.remove();
    expect(await plain.get('https://evil.com/')).toMatchObject(answeredBy('evil.com'));
  });

  test('a loop sees each call that fails while a Sidecar changes, and none where the change keeps a grant', async () => {
    await given(google, sidecar('green/*', './www.google.com'));
    const urls = ['http://green-svc.green/', 'https://www.google.com/'];
    const [fresh, kept] = await Promise.all([red.loop(urls), red.loop(urls, { keepAlive: true })]);
    await given(sidecar('green/*', './www.google.com', 'blue/*'));
    await given(sidecar('green/green-svc.green.svc.cluster.local', './www.google.com'));
    const between = Date.now();
    await given(sidecar('./www.google.com'));
    const settled = Date.now();
    await eventually(async () => expect((await callsToGreen(fresh)).at(-1)?.at).toBeGreaterThan(settled));
    for (const records of [await fresh.stop(), await kept.stop()]) {
      const failed = records.filter(({ answer }) => answer.kind !== 'answered');
      expect(new Set(records.map(({ url }) => url))).toEqual(new Set(urls));
      expect(failed.filter(({ url, at }) => url.includes('google') || at < between)).toEqual([]);
    }
    const late = (await callsToGreen(fresh)).filter(({ at }) => at > settled);
    expect(late.filter(({ answer }) => answer.kind === 'answered')).toEqual([]);
  });

  test('does not settle on what an Envoy rejects', async () => {
    await expect(given(broken)).rejects.toThrow(/red\.red rejects: .*broken/);
    await mesh.cluster.remove(refOf(broken));
    await mesh.settled();
  });
});
