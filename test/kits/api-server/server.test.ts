// What the in-process server has beyond a real one: its clock, its log, and the ends it can put to things.
import { KubeConfig, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../support/cluster.ts';
import { told } from './conformance/suite.ts';
import { configMap, DEFINITIONS, definitionOf, ownedBy, widget, widgets } from './conformance/widget.ts';
import { openWire, type Reply, type Wire } from './conformance/wire.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from './server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function started(options: ApiServerOptions = {}): Promise<{ server: ApiServer; wire: Wire }> {
  const server = await startApiServer(options);
  ends.push(server.stop);
  const wire = openWire(server.kubeconfig);
  ends.push(wire.close);
  return { server, wire };
}

const create = (wire: Wire, name: string, metadata = {}): Promise<Reply> =>
  wire.send('POST', MAPS, configMap(name, metadata));

test('objects are created at the time of the clock', async () => {
  let now = new Date('2020-02-02T02:02:02.900Z');
  const { wire } = await started({ clock: () => now });
  expect((await create(wire, 'early')).body.metadata.creationTimestamp).toBe('2020-02-02T02:02:02Z');
  now = new Date('2030-03-03T03:03:03Z');
  const { body } = await wire.apply(`${MAPS}/late`, configMap('late', { labels: { a: 'b' } }));
  expect(body.metadata.creationTimestamp).toBe('2030-03-03T03:03:03Z');
  expect(body.metadata.managedFields?.map(({ time }) => time)).toEqual(['2030-03-03T03:03:03Z']);
});

/** Three answers of a new server, as they were sent. */
async function run(): Promise<string> {
  const { wire } = await started({ clock: () => new Date(0) });
  const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
  const replies = [
    await wire.send('POST', MAPS, { metadata: { generateName: 'made-' } }),
    await wire.send('POST', '/api/v1/namespaces/default/services', service),
    await wire.send('GET', '/api/v1/namespaces'),
  ];
  return replies.map(({ text }) => text).join('\n');
}

test('the same requests give the same ids, names, versions and addresses', async () => {
  expect(await run()).toBe(await run());
});

test('every request is recorded, with its answer once it has one', async () => {
  const { server, wire } = await started();
  await create(wire, 'a');
  await wire.send('GET', `${MAPS}/b?x=1`);
  const userAgent = 'conformance/1';
  expect(server.requests()).toEqual([
    { method: 'POST', path: MAPS, query: '', userAgent, contentType: 'application/json', status: 201 },
    { method: 'GET', path: `${MAPS}/b`, query: 'x=1', userAgent, contentType: '', status: 404 },
  ]);
});

test('watches can be ended, and go on from where they were', async () => {
  const { server, wire } = await started();
  const { body } = await create(wire, 'a');
  const stream = await wire.watch(`${MAPS}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
  await create(wire, 'b');
  await stream.atLeast(1);
  server.closeWatches();
  const [last] = await stream.ended;
  await create(wire, 'c');
  const next = await wire.watch(`${MAPS}?watch=1&resourceVersion=${last?.object.metadata.resourceVersion}`);
  expect(told(await next.atLeast(1))).toEqual(['ADDED c']);
});

test('bookmarks come as often as they should', async () => {
  const { wire } = await started({ bookmarkIntervalMs: 20 });
  const stream = await wire.watch(`${MAPS}?watch=1&resourceVersion=1&allowWatchBookmarks=true`);
  const { body } = await create(wire, 'a');
  const [, ...bookmarks] = await stream.atLeast(3);
  const { resourceVersion } = body.metadata;
  expect(bookmarks.map(({ type, object }) => [type, object.metadata.resourceVersion])).toEqual([
    ['BOOKMARK', resourceVersion],
    ['BOOKMARK', resourceVersion],
  ]);
});

test('a limited history forgets its oldest changes first', async () => {
  const { wire } = await started({ historyLimit: 2 });
  const versions: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    versions.push((await create(wire, name)).body.metadata.resourceVersion);
  const expired = await wire.watch(`${MAPS}?watch=1&resourceVersion=${versions[0]}`);
  expect(await expired.ended).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
  const known = await wire.watch(`${MAPS}?watch=1&resourceVersion=${versions[2]}`);
  expect(told(await known.atLeast(2))).toEqual(['ADDED d', 'ADDED e']);
});

test('without garbage collection, objects outlive their owners', async () => {
  const { wire } = await started({ garbageCollection: false });
  const owner = await create(wire, 'owner');
  await create(wire, 'owned', { ownerReferences: [ownedBy(owner.body)] });
  await wire.send('DELETE', `${MAPS}/owner`);
  await wire.send('POST', '/api/v1/namespaces', { metadata: { name: 'passing' } });
  await wire.send('DELETE', '/api/v1/namespaces/passing');
  await eventually(async () =>
    expect((await wire.send('GET', '/api/v1/namespaces/passing')).status).toBe(404),
  );
  expect((await wire.send('GET', `${MAPS}/owned`)).status).toBe(200);
});

test('ten thousand objects are listed page by page, as they were at the first one', async () => {
  const { wire } = await started();
  const names = Array.from({ length: 10_000 }, (_, index) => `m${String(index).padStart(5, '0')}`);
  for (let start = 0; start < names.length; start += 100)
    await Promise.all(names.slice(start, start + 100).map((name) => create(wire, name)));
  const found: string[] = [];
  let token = '';
  do {
    const { body }: Reply = await wire.send('GET', `${MAPS}?limit=500&continue=${token}`);
    found.push(...body.items.map(({ metadata }) => metadata.name));
    token = body.metadata.continue ?? '';
    await wire.send('DELETE', `${MAPS}/${found.at(-1)}`);
    await create(wire, `n${found.length}`);
  } while (token !== '');
  expect(found).toEqual(names);
});

test('the official client finds its way by discovery', async () => {
  const { server, wire } = await started();
  await wire.send('POST', DEFINITIONS, definitionOf('Widget'));
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const client = KubernetesObjectApi.makeApiClient(config);
  const object = widget('official', { size: 2 }, { namespace: 'default' });
  await client.patch(object, undefined, undefined, 'official', true, PatchStrategy.ServerSideApply);
  const { body } = await wire.send('GET', `${widgets('default')}/official`);
  expect(body.spec['size']).toBe(2);
  expect(body.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['official']);
});
