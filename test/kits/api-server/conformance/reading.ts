// Lists and watches: order, pages, selection, metadata only, and history that the server has forgotten.
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/cluster.ts';
import { good, linesOf, namesOf, refusalOf, type Part } from './suite.ts';
import { GROUP, widget, widgets } from './widget.ts';
import type { Reply, SendOptions, Stream } from './wire.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const partial = (suffix: string): SendOptions => ({
  accept: `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`,
});
const named = (name: string): string => `fieldSelector=metadata.name%3D${name}`;

export const reading: Part = (ground) => {
  const list = (query = '', options?: SendOptions): Promise<Reply> =>
    ground().wire.send('GET', `${widgets(ground().namespace)}?${query}`, undefined, options);
  const select = (selector: string): Promise<Reply> => list(`fieldSelector=${encodeURIComponent(selector)}`);
  const watch = (query: string, options?: SendOptions): Promise<Stream> =>
    ground().wire.watch(`${widgets(ground().namespace)}?watch=true&${query}`, options);
  const create = (name: string): Promise<Reply> =>
    good(ground().wire.send('POST', widgets(ground().namespace), widget(name)));
  const resize = (name: string, size: number): Promise<Reply> =>
    good(ground().wire.mergePatch(`${widgets(ground().namespace)}/${name}`, { spec: { size } }));
  const remove = (name: string): Promise<Reply> =>
    good(ground().wire.send('DELETE', `${widgets(ground().namespace)}/${name}`));
  const current = async (): Promise<string> => (await good(list())).body.metadata.resourceVersion;

  beforeAll(async () => {
    for (const name of NAMES.toReversed()) await create(name);
  });

  test('a list is in the order of the names and has the version that it shows', async () => {
    const reply = await good(list());
    expect(reply.body).toMatchObject({ kind: 'WidgetList', apiVersion: `${GROUP}/v1` });
    expect(namesOf(reply)).toEqual(NAMES);
    const versions = reply.body.items.map(({ metadata }) => Number(metadata.resourceVersion));
    expect(Number(reply.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(Math.max(...versions));
    expect((await good(ground().wire.send('GET', widgets('nowhere')))).body.items).toEqual([]);
  });

  test('the items of a custom kind have kind and apiVersion, those of a built-in kind do not', async () => {
    const { wire, namespace } = ground();
    expect((await list()).body.items[0]).toMatchObject({ kind: 'Widget', apiVersion: `${GROUP}/v1` });
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    await good(wire.send('POST', maps, { metadata: { name: 'item' } }));
    const { body } = await wire.send('GET', `${maps}?${named('item')}`);
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(Object.keys(body.items[0] ?? {})).toEqual(['metadata']);
  });

  test('all pages show the state of the first one', async () => {
    const first = await good(list('limit=2'));
    expect(namesOf(first)).toEqual(['a', 'b']);
    await create('aa');
    await remove('d');
    const second = await good(list(`limit=2&continue=${first.body.metadata.continue}`));
    expect(namesOf(second)).toEqual(['c', 'd']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    const last = await good(list(`limit=2&continue=${second.body.metadata.continue}`));
    expect(namesOf(last)).toEqual(['e']);
    expect(last.body.metadata.continue ?? '').toBe('');
    await remove('aa');
    await create('d');
  });

  test('a field selector selects by name and namespace', async () => {
    expect(namesOf(await select('metadata.name=b'))).toEqual(['b']);
    expect(namesOf(await select('metadata.name!=b'))).toEqual(['a', 'c', 'd', 'e']);
    expect(namesOf(await select('metadata.name==b,metadata.namespace=other'))).toEqual([]);
  });

  test('PartialObjectMetadata is the metadata alone, of an object, a list and a watch', async () => {
    const { wire, namespace } = ground();
    const version = { apiVersion: 'meta.k8s.io/v1' };
    const { body: whole } = await create('partial');
    const expected = { kind: 'PartialObjectMetadata', ...version, metadata: whole.metadata };
    const one = await wire.send('GET', `${widgets(namespace)}/partial`, undefined, partial(''));
    expect(one.body).toEqual(expected);
    const listed = await list(named('partial'), partial('List'));
    expect(listed.body).toMatchObject({ kind: 'PartialObjectMetadataList', ...version, items: [expected] });
    const stream = await watch(`timeoutSeconds=3&allowWatchBookmarks=true&${named('partial')}`, partial(''));
    const [added, bookmark] = await stream.ended;
    expect(added).toEqual({ type: 'ADDED', object: expected });
    expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'PartialObjectMetadata' } });
    await remove('partial');
  });

  test('the items of an empty list are null where only metadata is asked for', async () => {
    const empty = await good(list(named('nobody')));
    expect(empty.body).toMatchObject({ kind: 'WidgetList', items: [] });
    for (const path of [widgets(ground().namespace), '/api/v1/pods']) {
      const reply = await ground().wire.send('GET', `${path}?${named('nobody')}`, undefined, partial('List'));
      expect(reply.body).toMatchObject({ kind: 'PartialObjectMetadataList', items: null });
    }
  });

  test('a watch sends every change after its version, in order, and can be resumed', async () => {
    const from = await current();
    const created = await create('watched');
    const stream = await watch(`resourceVersion=${from}`);
    const changed = await resize('watched', 2);
    await remove('watched');
    const events = await stream.atLeast(3);
    stream.close();
    expect(linesOf(events)).toEqual(['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
    expect(events.slice(0, 2).map(({ object }) => object)).toEqual([created.body, changed.body]);
    const { resourceVersion } = changed.body.metadata;
    expect(Number(events[2]?.object.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    const resumed = await watch(`resourceVersion=${resourceVersion}`);
    expect(linesOf(await resumed.atLeast(1))).toEqual(['DELETED watched']);
    resumed.close();
  });

  test('a watch without a version starts with the objects that exist', async () => {
    for (const query of ['', 'resourceVersion=0&']) {
      const stream = await watch(`${query}${named('a')}`);
      expect(linesOf(await stream.atLeast(1))).toEqual(['ADDED a']);
      stream.close();
    }
  });

  test('a watch over all namespaces sees the objects of each', async () => {
    const from = await current();
    const stream = await ground().wire.watch(`/apis/${GROUP}/v1/widgets?watch=1&resourceVersion=${from}`);
    await create('wide');
    expect(linesOf(await stream.atLeast(1))).toEqual(['ADDED wide']);
    stream.close();
    await remove('wide');
  });

  test('a watch ends after its timeout, and sends a bookmark shortly before', async () => {
    const stream = await watch(
      `resourceVersion=${await current()}&timeoutSeconds=3&allowWatchBookmarks=true`,
    );
    const { body } = await create('timed');
    const [added, ...bookmarks] = await stream.ended;
    expect(added).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'timed' } } });
    expect(bookmarks.length).toBeGreaterThan(0);
    for (const { type, object } of bookmarks) {
      expect({ type, kind: object.kind }).toEqual({ type: 'BOOKMARK', kind: 'Widget' });
      const version = Number(object.metadata.resourceVersion);
      expect(version).toBeGreaterThanOrEqual(Number(body.metadata.resourceVersion));
    }
    await remove('timed');
  });

  // The last test of the suite: the real server restarts here.
  test('watches and pages that need forgotten history answer 410', async () => {
    const first = await good(list('limit=1'));
    for (const name of NAMES) await resize(name, 2);
    await ground().forget();
    // A server that has just started refuses lists until it has read its storage.
    await eventually(() => good(list()));
    const page = await list(`limit=1&continue=${first.body.metadata.continue}`);
    expect(refusalOf(page)).toEqual({ status: 410, reason: 'Expired' });
    const [event, ...more] = await (await watch('resourceVersion=1')).ended;
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
    });
    expect(namesOf(await good(list()))).toEqual(NAMES);
  });
};
