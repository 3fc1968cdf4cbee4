// Writes that somebody else has overtaken are conflicts, whatever the verb; those over foreign changes are not.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectIdentity } from '../../../src/cluster/store.ts';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';
import { connect as connectTransport, type Transport } from '../../../src/kubernetes/transport.ts';
import { createWriter, type Writer } from '../../../src/kubernetes/writer.ts';
import type { ApiServer } from '../../kits/api-server/server.ts';
import { startServerWithCrds } from '../../support/api-servers.ts';
import { connect, refOf, type Cluster, type KubeObject } from '../../support/cluster.ts';
import * as story from '../../support/story.ts';

let server: ApiServer;
let cluster: Cluster;
let transport: Transport;
let writer: Writer;

beforeEach(async () => {
  server = await startServerWithCrds(story.storyObjects);
  cluster = connect(server.kubeconfig);
  transport = connectTransport({ userAgent: 'test', load: (kube) => kube.loadFromString(server.kubeconfig) });
  writer = createWriter(transport);
});
afterEach(async () => {
  await transport.close();
  await cluster.close();
  await server.stop();
});

const metadata = { name: 'x', namespace: 'red', labels: {} };
const sidecar = (host: string): Manifest => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata,
  spec: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, egress: [{ hosts: [host] }] },
});
const entry = (host: string): Manifest => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata,
  spec: {
    hosts: [host],
    exportTo: ['.'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [{ number: 443, name: 'tls-443', protocol: 'TLS' }],
  },
});
const at = (manifest: Manifest, { uid, resourceVersion }: KubeObject['metadata']): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, uid: uid ?? '', resourceVersion: resourceVersion ?? '' },
});
const liveOf = async (manifest: Manifest): Promise<KubeObject> => {
  const live = await cluster.get(refOf(manifest));
  if (live === undefined) throw new Error('gone');
  return live;
};
const CONFLICT = { ok: false, error: { kind: 'conflict' } };

describe.each([
  { kind: 'Sidecar', first: sidecar('green/*'), second: sidecar('blue/*') },
  { kind: 'ServiceEntry', first: entry('a.example.com'), second: entry('b.example.com') },
] as const)('$kind', ({ kind, first, second }) => {
  test('is created once: the second creation is a conflict, of another object and of the same', async () => {
    expect(await writer.apply(first)).toMatchObject({ ok: true });
    const before = await liveOf(first);
    expect(await writer.apply(second)).toMatchObject(CONFLICT);
    expect(await writer.apply(first)).toMatchObject(CONFLICT);
    expect(await liveOf(first)).toEqual(before);
  });

  test('is neither changed nor deleted in another version than the given one', async () => {
    await writer.apply(first);
    const old = (await liveOf(first)).metadata;
    expect(await writer.apply(at(second, old))).toMatchObject({ ok: true });
    const before = await liveOf(first);
    expect(await writer.apply(at(first, old))).toMatchObject(CONFLICT);
    const reference = { kind, namespace: 'red', name: 'x', uid: old.uid ?? '' };
    expect(await writer.remove({ ...reference, resourceVersion: old.resourceVersion })).toMatchObject(
      CONFLICT,
    );
    expect(await liveOf(first)).toEqual(before);
    const { resourceVersion } = before.metadata;
    expect(await writer.remove({ ...reference, resourceVersion })).toMatchObject({ ok: true });
    expect(await cluster.get(refOf(first))).toBeUndefined();
  });

  test('is corrected in any version where somebody else has changed its spec, but no object that has its name', async () => {
    await writer.apply(first);
    const old = (await liveOf(first)).metadata;
    await cluster.apply({ ...second, metadata: { name: 'x', namespace: 'red' } }, { manager: 'somebody' });
    expect(await writer.apply(at(first, old))).toMatchObject({ ok: true });
    expect((await liveOf(first))['spec']).toEqual(first.spec);
    await cluster.remove(refOf(first));
    await cluster.apply({ ...second, metadata: { name: 'x', namespace: 'red' } }, { manager: 'somebody' });
    expect(await writer.apply(at(first, old))).toMatchObject(CONFLICT);
    expect((await liveOf(first))['spec']).toEqual(second.spec);
  });

  test('is left alone where somebody else has changed its labels only: the next run reads them', async () => {
    await writer.apply(first);
    const old = (await liveOf(first)).metadata;
    await cluster.patch(refOf(first), { metadata: { labels: { 'istio.io/rev': 'other' } } });
    expect(await writer.apply(at(second, old))).toMatchObject(CONFLICT);
  });
});

test('a status is of the version that was read', async () => {
  const created = await cluster.apply(story.appIntent([]));
  const { uid = '', resourceVersion = '' } = created.metadata;
  const identity: ObjectIdentity = { namespace: 'red', name: 'red', uid, resourceVersion };
  const status = { observedGeneration: 1, conditions: [], resources: [] };
  expect(await writer.applyStatus(identity, status)).toMatchObject({ ok: true });
  expect(await writer.applyStatus(identity, { ...status, observedGeneration: 0 })).toMatchObject(CONFLICT);
  expect(await cluster.get(story.intentRef())).toMatchObject({ status: { observedGeneration: 1 } });
});
