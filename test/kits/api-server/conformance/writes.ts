// Create, replace, merge patch, status and delete: the object that results, and the requests that are refused.
import { expect, test } from 'vitest';
import { good, ownersOf, refusalOf, type Ground, type Part } from './suite.ts';
import { DEFAULTS, GROUP, OTHER_UID, widget, widgets } from './widget.ts';
import type { Body } from './wire.ts';

const CONFLICT = { status: 409, reason: 'Conflict' };
const invalid = (...causes: readonly string[]) => ({ status: 422, reason: 'Invalid', causes });

async function given({ wire, namespace }: Ground, name: string): Promise<{ path: string; live: Body }> {
  const { body } = await good(wire.send('POST', widgets(namespace), widget(name)));
  return { path: `${widgets(namespace)}/${name}`, live: body };
}

export const writes: Part = (ground) => {
  const post = (body: unknown, namespace = ground().namespace) =>
    ground().wire.send('POST', widgets(namespace), body);

  test('a new object gets a uid, a time in whole seconds, a version and its first generation', async () => {
    const claimed = { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 7 };
    const { status, body } = await post({ ...widget('new', { size: 1 }, claimed), status: { observed: 3 } });
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({ name: 'new', namespace: ground().namespace, generation: 1 });
    expect(body.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(body.metadata.creationTimestamp).toMatch(/^20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(body.status).toBeUndefined();
    expect((await ground().wire.send('GET', `${widgets(ground().namespace)}/new`)).body).toEqual(body);
  });

  test('unknown fields are pruned, nulls dropped and defaults added, at any depth', async () => {
    const kept = { size: 1, free: { a: [1] } };
    const spec = { ...kept, unknown: 1, color: null, ports: [{ port: 80, odd: 1 }] };
    const { body } = await good(post(widget('pruned', spec, { odd: 1 })));
    expect(body.spec).toEqual({ ...DEFAULTS, ...kept, ports: [{ port: 80, protocol: 'TCP' }] });
    expect(body.metadata).not.toHaveProperty('odd');
  });

  test('a refusal lists every violation of the schema with its field', async () => {
    const spec = { size: 'x', mode: 'Nope', color: 'ABCDEFGH', tags: ['a', 'b', 'c', 'd'], ports: [{}] };
    const reply = await post(widget('bad', spec));
    expect(refusalOf(reply)).toEqual(
      invalid(
        'spec.color FieldValueTooLong',
        'spec.mode FieldValueNotSupported',
        'spec.ports[0].port FieldValueRequired',
        'spec.size FieldValueTypeInvalid',
        'spec.tags FieldValueTooMany',
      ),
    );
    expect(reply.body.details).toMatchObject({ name: 'bad', group: GROUP, kind: 'Widget' });
    expect(reply.body.message).toContain(`Widget.${GROUP} "bad" is invalid: [`);
  });

  test.each([
    [{ size: 11 }, {}, 'spec.size FieldValueInvalid'],
    [{ size: 1, color: 'Red' }, {}, 'spec.color FieldValueInvalid'],
    [{ size: 1, tags: ['a', 'a'] }, {}, 'spec.tags[1] FieldValueDuplicate'],
    [{ size: 1, ports: [{ port: 1 }, { port: 1 }] }, {}, 'spec.ports[1] FieldValueDuplicate'],
    [{}, {}, 'spec.size FieldValueRequired'],
    [{ size: 1 }, { name: 'Bad_Name' }, 'metadata.name FieldValueInvalid'],
    [{ size: 1 }, { name: undefined }, 'metadata.name FieldValueRequired'],
    [{ size: 1 }, { labels: { 'a b': 'c' } }, 'metadata.labels FieldValueInvalid'],
    [{ size: 1 }, { labels: { a: '-' } }, 'metadata.labels FieldValueInvalid'],
    [
      { size: 1 },
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x' }] },
      'metadata.ownerReferences.uid FieldValueInvalid',
    ],
  ])('the spec %j with the metadata %j is invalid', async (spec, metadata, cause) => {
    expect(refusalOf(await post(widget('bad', spec, metadata)))).toEqual(invalid(cause));
  });

  test('a body must be JSON of the kind, the version and the namespace of its path', async () => {
    expect((await post(widget('x', { size: 1 }, { namespace: 'other' }))).status).toBe(400);
    expect((await post(widget('x', { size: 1 }, { labels: 1 }))).status).toBe(400);
    expect((await post({ ...widget('x'), apiVersion: `${GROUP}/v2` })).status).toBe(400);
    expect((await post({ ...widget('x'), kind: undefined })).status).toBe(400);
    expect((await post('{"a":')).status).toBe(400);
    expect(refusalOf(await post({ ...widget('x'), kind: 'Foo' }))).toMatchObject({ status: 422 });
    expect(refusalOf(await post(widget('x'), 'nowhere'))).toEqual({ status: 404, reason: 'NotFound' });
    expect((await post(widget('x', { size: 1 }, { resourceVersion: '5' }))).status).toBe(500);
  });

  test('every verb answers 404 for a name that does not exist, and POST 409 for one that does', async () => {
    const { wire, namespace } = ground();
    const path = `${widgets(namespace)}/none`;
    for (const reply of [
      await wire.send('GET', path),
      await wire.send('DELETE', path),
      await wire.send('PUT', path, widget('none', { size: 1 }, { resourceVersion: '1' })),
      await wire.mergePatch(path, { spec: { size: 2 } }),
      await wire.mergePatch(`${path}/status`, { status: { observed: 1 } }),
    ])
      expect(reply.body).toMatchObject({
        code: 404,
        reason: 'NotFound',
        message: `widgets.${GROUP} "none" not found`,
        details: { name: 'none', group: GROUP, kind: 'widgets' },
      });
    expect((await wire.send('GET', `/apis/${GROUP}/v1/gadgets`)).status).toBe(404);
    await given(ground(), 'taken');
    expect((await post(widget('taken'))).body).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: `widgets.${GROUP} "taken" already exists`,
    });
  });

  test('a replacement names the version and the object that it replaces', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'replaced');
    const { resourceVersion } = live.metadata;
    const put = (metadata: Readonly<Record<string, unknown>>) =>
      wire.send('PUT', path, widget('replaced', { size: 2 }, metadata));
    expect(refusalOf(await put({}))).toEqual(invalid('metadata.resourceVersion FieldValueInvalid'));
    expect(refusalOf(await put({ resourceVersion: '1' }))).toEqual(CONFLICT);
    expect((await put({ resourceVersion, name: 'other' })).status).toBe(400);
    expect(refusalOf(await put({ resourceVersion, uid: OTHER_UID }))).toEqual(CONFLICT);
    const { body } = await good(put({ resourceVersion }));
    expect(body.spec).toEqual({ ...DEFAULTS, size: 2 });
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    expect(body.metadata).toMatchObject({ uid: live.metadata.uid, generation: 2 });
  });

  test('a write that changes nothing leaves the version as it was', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'unchanged');
    expect((await wire.send('PUT', path, live)).body).toEqual(live);
    for (const patch of [
      { spec: { size: 1 } },
      { spec: { mode: null } },
      { metadata: { creationTimestamp: '2001-01-01T00:00:00Z', generation: 9 } },
      { status: { observed: 1 } },
    ])
      expect((await wire.mergePatch(path, patch)).body).toEqual(live);
  });

  test('a merge patch sets fields, removes them by null, and can name a version', async () => {
    const { wire } = ground();
    const { path } = await given(ground(), 'merged');
    await good(wire.mergePatch(path, { spec: { color: 'red', labels: { a: '1', b: '2' }, plain: ['x'] } }));
    const second = { spec: { color: null, labels: { a: null }, plain: ['y'] } };
    const { body } = await good(wire.mergePatch(path, second));
    expect(body.spec).toEqual({ ...DEFAULTS, size: 1, labels: { b: '2' }, plain: ['y'] });
    const patch = (metadata: unknown) => wire.mergePatch(path, { metadata, spec: { size: 2 } });
    expect(refusalOf(await patch({ resourceVersion: '1' }))).toEqual(CONFLICT);
    expect(refusalOf(await patch({ uid: OTHER_UID }))).toEqual(invalid('metadata.uid FieldValueInvalid'));
    expect((await patch({ name: 'other' })).status).toBe(400);
  });

  test('only the status endpoint writes the status, and it writes nothing else', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'observed');
    const wanted = { status: { observed: 2 }, spec: { size: 9 }, metadata: { labels: { a: 'b' } } };
    const patched = await good(wire.mergePatch(`${path}/status`, wanted));
    expect(patched.body).toMatchObject({ spec: live.spec, status: { observed: 2 } });
    expect(patched.body.metadata).toMatchObject({ generation: 1 });
    expect(patched.body.metadata.labels).toBeUndefined();
    const put = await good(wire.send('PUT', `${path}/status`, { ...patched.body, status: { observed: 3 } }));
    expect(put.body.status).toEqual({ observed: 3 });
    expect(ownersOf(put).at(-1)).toEqual({
      manager: 'Update conformance status',
      fields: { 'f:status': { '.': {}, 'f:observed': {} } },
    });
    const maybe = { status: { conditions: [{ type: 'A', status: 'Maybe' }] } };
    expect(refusalOf(await wire.mergePatch(`${path}/status`, maybe))).toEqual(
      invalid('status.conditions[0].status FieldValueNotSupported'),
    );
  });

  test('the preconditions of a deletion must hold, and its answer names the object', async () => {
    const { wire } = ground();
    const { path, live } = await given(ground(), 'deleted');
    const remove = (preconditions: unknown) =>
      wire.send('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
    const wrongId = await remove({ uid: OTHER_UID });
    expect(refusalOf(wrongId)).toEqual(CONFLICT);
    expect(wrongId.body.message).toContain(`does not match the UID in record (${live.metadata.uid})`);
    expect(refusalOf(await remove({ resourceVersion: '1' }))).toEqual(CONFLICT);
    const { uid, resourceVersion } = live.metadata;
    expect((await remove({ uid, resourceVersion })).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'deleted', group: GROUP, kind: 'widgets', uid },
    });
    expect((await wire.send('GET', path)).status).toBe(404);
  });
};
