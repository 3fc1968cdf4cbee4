// Watches: where they begin, what they tell, and how they end.
import { expect, test } from 'vitest';
import { eventually } from '../../../support/cluster.ts';
import { good, refusalOf, told, type Part } from './suite.ts';
import { DEFINITIONS, definitionOf, GROUP, widget, widgets } from './widget.ts';
import type { SendOptions, Stream } from './wire.ts';

const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export const watches: Part = (ground) => {
  const current = async (): Promise<string> => {
    const { wire, namespace } = ground();
    return (await good(wire.send('GET', widgets(namespace)))).body.metadata.resourceVersion;
  };
  const watch = (query: string, options?: SendOptions): Promise<Stream> =>
    ground().wire.watch(`${widgets(ground().namespace)}?watch=true&${query}`, options);
  const create = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    good(ground().wire.send('POST', widgets(ground().namespace), widget(name, { size: 1 }, { labels })));
  const relabel = (name: string, app: string) =>
    good(
      ground().wire.mergePatch(`${widgets(ground().namespace)}/${name}`, { metadata: { labels: { app } } }),
    );
  const remove = (name: string) =>
    good(ground().wire.send('DELETE', `${widgets(ground().namespace)}/${name}`));

  test('a watch tells every change after its version, in order, and what was deleted', async () => {
    const from = await current();
    const created = await create('told', { app: 'x' });
    const stream = await watch(`resourceVersion=${from}`);
    const changed = await relabel('told', 'y');
    await remove('told');
    const events = await stream.atLeast(3);
    stream.close();
    expect(told(events)).toEqual(['ADDED told', 'MODIFIED told', 'DELETED told']);
    expect(events.slice(0, 2).map(({ object }) => object)).toEqual([created.body, changed.body]);
    const last = events[2]?.object.metadata.resourceVersion;
    expect(Number(last)).toBeGreaterThan(Number(changed.body.metadata.resourceVersion));
    const resumed = await watch(`resourceVersion=${changed.body.metadata.resourceVersion}`);
    expect(told(await resumed.atLeast(1))).toEqual(['DELETED told']);
    resumed.close();
  });

  test('a watch without a version begins with what is there', async () => {
    await create('there');
    for (const query of ['', 'resourceVersion=0']) {
      const stream = await watch(`${query}&fieldSelector=metadata.name%3Dthere`);
      expect(told(await stream.atLeast(1))).toEqual(['ADDED there']);
      stream.close();
    }
  });

  test('a watch can begin with all objects and a bookmark that ends them', async () => {
    await create('listed');
    const stream = await watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dlisted',
    );
    const [added, bookmark] = await stream.atLeast(2);
    stream.close();
    expect(added).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'listed' } } });
    expect(bookmark?.type).toBe('BOOKMARK');
    expect(bookmark?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    const { wire, namespace } = ground();
    const refused = await wire.send('GET', `${widgets(namespace)}?watch=true&sendInitialEvents=true`);
    expect(refusalOf(refused)).toMatchObject({ status: 422 });
  });

  test('to a selecting watch, objects come and go with their labels', async () => {
    const from = await current();
    const stream = await watch(`resourceVersion=${from}&labelSelector=app%3Dx`);
    await create('moving', { app: 'x' });
    const left = await relabel('moving', 'y');
    await create('never', { app: 'z' });
    await relabel('moving', 'x');
    await remove('moving');
    const events = await stream.atLeast(4);
    stream.close();
    expect(told(events)).toEqual(['ADDED moving', 'DELETED moving', 'ADDED moving', 'DELETED moving']);
    expect(events[1]?.object.metadata).toMatchObject({
      labels: { app: 'x' },
      resourceVersion: left.body.metadata.resourceVersion,
    });
  });

  test('a watch over all namespaces sees those of each', async () => {
    const { wire } = ground();
    const from = await current();
    const stream = await wire.watch(`/apis/${GROUP}/v1/widgets?watch=1&resourceVersion=${from}`);
    await create('wide');
    expect(told(await stream.atLeast(1))).toEqual(['ADDED wide']);
    stream.close();
  });

  test('a watch ends when its time is up, and sends a bookmark shortly before', async () => {
    const from = await current();
    const stream = await watch(`resourceVersion=${from}&timeoutSeconds=3&allowWatchBookmarks=true`);
    const { body } = await create('timed');
    const events = await stream.ended;
    expect(told(events.slice(0, 1))).toEqual(['ADDED timed']);
    expect(events.length).toBeGreaterThan(1);
    for (const { type, object } of events.slice(1)) {
      expect({ type, kind: object.kind }).toEqual({ type: 'BOOKMARK', kind: 'Widget' });
      expect(Number(object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
        Number(body.metadata.resourceVersion),
      );
    }
  });

  test('a watch from a version that never was in its history is told that it has expired', async () => {
    const { wire, namespace } = ground();
    const definition = definitionOf('Latecomer');
    await good(wire.send('POST', DEFINITIONS, definition));
    const latecomers = `/apis/${GROUP}/v1/namespaces/${namespace}/latecomers`;
    await eventually(async () => good(wire.send('GET', latecomers)));
    const stream = await wire.watch(`${latecomers}?watch=1&resourceVersion=1`);
    expect(stream.status).toBe(200);
    const [event, ...more] = await stream.ended;
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
    });
    expect(event?.object.message).toMatch(/^too old resource version: 1 \(\d+\)$/);
  });

  test('metadata alone is watched by those who ask for it, bookmarks included', async () => {
    const from = await current();
    const stream = await watch(`resourceVersion=${from}&timeoutSeconds=3&allowWatchBookmarks=true`, {
      accept: PARTIAL,
    });
    const { body } = await create('partial');
    const [added, bookmark] = await stream.ended;
    expect(added).toEqual({
      type: 'ADDED',
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: body.metadata },
    });
    expect(bookmark).toMatchObject({ type: 'BOOKMARK', object: { kind: 'PartialObjectMetadata' } });
  });

  test('a watch that asks for a list ends without a word at its first event', async () => {
    const from = await current();
    const stream = await watch(`resourceVersion=${from}&timeoutSeconds=30`, { accept: PARTIAL_LIST });
    await create('wordless');
    expect(await stream.ended).toEqual([]);
  });

  test('a watch from a version to come is silent until then', async () => {
    const from = await current();
    const stream = await watch(`resourceVersion=${Number(from) + 1_000_000}&timeoutSeconds=1`);
    await create('early');
    expect(await stream.ended).toEqual([]);
  });

  test('the end of a kind ends its watches', async () => {
    const { wire, namespace } = ground();
    const definition = definitionOf('Passer');
    await good(wire.send('POST', DEFINITIONS, definition));
    const passers = `/apis/${GROUP}/v1/namespaces/${namespace}/passers`;
    await eventually(async () => good(wire.send('GET', passers)));
    await good(wire.send('POST', passers, { ...widget('last'), kind: 'Passer' }));
    const stream = await wire.watch(`${passers}?watch=1&resourceVersion=0`);
    await stream.atLeast(1);
    await good(wire.send('DELETE', `${DEFINITIONS}/${definition.metadata.name}`));
    await eventually(async () => expect((await wire.send('GET', passers)).status).toBe(404));
    expect(told(await stream.ended).slice(0, 2)).toEqual(['ADDED last', 'DELETED last']);
  });
};
