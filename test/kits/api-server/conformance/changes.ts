// Changing objects: replacements, patches, the status, generations, and the conflicts among them.
import { expect, test } from 'vitest';
import { good, ownersOf, refusalOf, type Ground, type Part } from './suite.ts';
import { DEFAULTS, GROUP, widget, widgets, withStatus } from './widget.ts';
import type { Body } from './wire.ts';

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';
const OTHER_UID = '11111111-1111-4111-8111-111111111111';

async function given({ wire, namespace }: Ground, name: string): Promise<{ path: string; live: Body }> {
  const { body } = await good(wire.send('POST', widgets(namespace), widget(name)));
  return { path: `${widgets(namespace)}/${name}`, live: body };
}

export const changes: Part = (ground) => {
  test('a replacement needs the version that it replaces', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'replaced');
    const put = (resourceVersion?: string) =>
      wire.send('PUT', path, widget('replaced', { size: 2 }, { resourceVersion }));
    expect(refusalOf(await put())).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['metadata.resourceVersion FieldValueInvalid'],
    });
    const stale = await put('1');
    expect(refusalOf(stale)).toEqual({ status: 409, reason: 'Conflict' });
    expect(stale.body.message).toBe(
      `Operation cannot be fulfilled on widgets.${GROUP} "replaced": ${MODIFIED}`,
    );
    const { body } = await good(put(live.metadata.resourceVersion));
    expect(body.spec).toEqual({ ...DEFAULTS, size: 2 });
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(live.metadata.resourceVersion));
    expect(body.metadata).toMatchObject({ uid: live.metadata.uid, generation: 2 });
  });

  test('a replacement must be of the same object', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'same');
    const { resourceVersion } = live.metadata;
    const renamed = await wire.send('PUT', path, widget('other', { size: 2 }, { resourceVersion }));
    expect(refusalOf(renamed)).toEqual({ status: 400, reason: 'BadRequest' });
    const recreated = await wire.send(
      'PUT',
      path,
      widget('same', { size: 2 }, { resourceVersion, uid: OTHER_UID }),
    );
    expect(refusalOf(recreated)).toEqual({ status: 409, reason: 'Conflict' });
  });

  test('a write that changes nothing leaves the version as it was', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'unchanged');
    expect((await wire.send('PUT', path, live)).body).toEqual(live);
    expect((await wire.mergePatch(path, { spec: { size: 1 } })).body).toEqual(live);
    expect((await wire.mergePatch(path, { spec: { mode: null } })).body).toEqual(live);
    expect(
      (await wire.mergePatch(path, { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } })).body,
    ).toEqual(live);
  });

  test('the generation counts changes of the spec, and nothing else', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'counted');
    const labelled = await wire.mergePatch(path, { metadata: { labels: { a: 'b' }, generation: 9 } });
    expect(labelled.body.metadata.generation).toBe(1);
    const observed = await wire.mergePatch(`${path}/status`, withStatus('counted', { observed: 1 }));
    expect(observed.body.metadata.generation).toBe(1);
    const changed = await wire.mergePatch(path, { spec: { size: 2 } });
    expect(changed.body.metadata.generation).toBe(2);
  });

  test('the status is written by its own endpoint, which writes nothing else', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'observed');
    const ignored = await wire.mergePatch(path, { status: { observed: 1 } });
    expect(ignored.body).toEqual(live);
    const wanted = { status: { observed: 2 }, spec: { size: 9 }, metadata: { labels: { a: 'b' } } };
    const patched = await good(wire.mergePatch(`${path}/status`, wanted));
    expect(patched.body).toMatchObject({ spec: live.spec, status: { observed: 2 } });
    expect(patched.body.metadata.labels).toBeUndefined();
    const put = await good(wire.send('PUT', `${path}/status`, { ...patched.body, status: { observed: 3 } }));
    expect(put.body.status).toEqual({ observed: 3 });
    expect(ownersOf(put).at(-1)).toEqual({
      manager: 'Update conformance status',
      fields: { 'f:status': { '.': {}, 'f:observed': {} } },
    });
    expect((await wire.send('GET', `${path}/status`)).body).toEqual(put.body);
  });

  test('a status is held to its schema', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'held');
    const reply = await wire.mergePatch(`${path}/status`, {
      status: { conditions: [{ type: 'A', status: 'Maybe' }] },
    });
    expect(refusalOf(reply)).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['status.conditions[0].status FieldValueNotSupported'],
    });
  });

  test('a merge patch sets, and removes by null', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'merged');
    await good(wire.mergePatch(path, { spec: { color: 'red', labels: { a: '1', b: '2' }, plain: ['x'] } }));
    const { body } = await good(
      wire.mergePatch(path, { spec: { color: null, labels: { a: null }, plain: ['y'] } }),
    );
    expect(body.spec).toEqual({ ...DEFAULTS, size: 1, labels: { b: '2' }, plain: ['y'] });
  });

  test('a patch may hold on to a version and an id, and fails where they have moved on', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'guarded');
    const stale = await wire.mergePatch(path, { metadata: { resourceVersion: '1' }, spec: { size: 2 } });
    expect(refusalOf(stale)).toEqual({ status: 409, reason: 'Conflict' });
    const recreated = await wire.mergePatch(path, { metadata: { uid: OTHER_UID }, spec: { size: 2 } });
    expect(refusalOf(recreated)).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['metadata.uid FieldValueInvalid'],
    });
    expect((await wire.mergePatch(path, { metadata: { name: 'other' } })).status).toBe(400);
  });

  test('a JSON patch is carried out step by step, or not at all', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'steps');
    const patch = (...steps: readonly unknown[]) =>
      wire.send('PATCH', path, steps, { type: 'application/json-patch+json' });
    const { body } = await good(
      patch(
        { op: 'test', path: '/spec/size', value: 1 },
        { op: 'add', path: '/spec/plain', value: ['a', 'c'] },
        { op: 'add', path: '/spec/plain/1', value: 'b' },
        { op: 'add', path: '/spec/plain/-', value: 'd' },
        { op: 'remove', path: '/spec/plain/0' },
        { op: 'replace', path: '/spec/size', value: 4 },
        { op: 'add', path: '/metadata/labels', value: { 'a/b': 'c' } },
        { op: 'replace', path: '/metadata/labels/a~1b', value: 'd' },
        { op: 'copy', from: '/spec/size', path: '/spec/amount' },
      ),
    );
    expect(body.spec).toEqual({ ...DEFAULTS, size: 4, amount: 4, plain: ['b', 'c', 'd'] });
    expect(body.metadata.labels).toEqual({ 'a/b': 'd' });
    const refused = { status: 422, reason: 'Invalid' };
    expect(refusalOf(await patch({ op: 'test', path: '/spec/size', value: 99 }))).toEqual(refused);
    expect(refusalOf(await patch({ op: 'remove', path: '/spec/none' }))).toEqual(refused);
    const half = await patch(
      { op: 'replace', path: '/spec/size', value: 5 },
      { op: 'remove', path: '/spec/none' },
    );
    expect(refusalOf(half)).toEqual(refused);
    expect((await wire.send('GET', path)).body).toEqual(body);
  });

  test('custom kinds know no strategic merge patch', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'strategic');
    for (const type of ['application/strategic-merge-patch+json', 'application/json'])
      expect(refusalOf(await wire.send('PATCH', path, { spec: { size: 3 } }, { type }))).toEqual({
        status: 415,
        reason: 'UnsupportedMediaType',
      });
  });

  test('a rehearsed patch answers with what would be, and changes nothing', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'rehearsed');
    const reply = await wire.mergePatch(`${path}?dryRun=All`, { spec: { size: 5 } });
    expect(reply.body.spec).toEqual({ ...DEFAULTS, size: 5 });
    expect((await wire.send('GET', path)).body).toEqual(live);
    expect(refusalOf(await wire.mergePatch(`${path}?dryRun=Some`, {}))).toMatchObject({ status: 422 });
  });

  test('metadata alone is given to those who ask for it', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'partial');
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const { body } = await wire.send('GET', path, undefined, { accept });
    expect(body).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: live.metadata,
    });
    expect((await wire.send('GET', path, undefined, { accept: `${accept},application/json` })).body).toEqual(
      body,
    );
    expect((await wire.send('GET', path, undefined, { accept: 'text/nonsense' })).status).toBe(406);
  });
};
