// Server-side apply: the owners of each field, the conflicts between them, and the fields that an apply removes.
import { expect, test } from 'vitest';
import { good, ownersOf, refusalOf, type Part } from './suite.ts';
import { DEFAULTS, GROUP, OTHER_UID, widget, widgets, withStatus } from './widget.ts';

type Fields = Readonly<Record<string, unknown>>;

export const applying: Part = (ground) => {
  const path = (name: string) => `${widgets(ground().namespace)}/${name}`;
  const apply = (name: string, spec: Fields, metadata: Fields = {}, manager = 'one', force = false) =>
    ground().wire.apply(path(name), widget(name, spec, metadata), { manager, force });
  const applyStatus = (name: string, status: Fields, manager = 'one') =>
    ground().wire.apply(`${path(name)}/status`, withStatus(name, status), { manager });

  test('an apply to a free name creates the object and owns the fields that it names', async () => {
    const keyed = { ports: [{ port: 80 }], tags: ['a'], labels: { x: '1' } };
    const spec = { size: 1, atom: { k: 'v' }, plain: ['p'], ...keyed };
    const owners = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: OTHER_UID }];
    const reply = await apply('named', spec, { labels: { l: '1' }, ownerReferences: owners });
    expect(reply.status).toBe(201);
    expect(reply.body.spec).toEqual({ ...DEFAULTS, ...spec, ports: [{ port: 80, protocol: 'TCP' }] });
    const metadata = {
      'f:labels': { 'f:l': {} },
      'f:ownerReferences': { [`k:{"uid":"${OTHER_UID}"}`]: {} },
    };
    const fields = {
      'f:atom': {},
      'f:labels': { 'f:x': {} },
      'f:plain': {},
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
      'f:size': {},
      'f:tags': { 'v:"a"': {} },
    };
    expect(ownersOf(reply)).toEqual([
      { manager: 'Apply one', fields: { 'f:metadata': metadata, 'f:spec': fields } },
    ]);
  });

  test('an apply that changes nothing leaves the version as it was', async () => {
    const first = await good(apply('again', { size: 1, ports: [{ port: 1 }] }));
    const again = await apply('again', { size: 1, ports: [{ port: 1 }] });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });

  test('a conflict names the manager and the fields, and changes nothing', async () => {
    const first = await good(apply('fought', { size: 1, plain: ['p'], labels: { x: '1' } }));
    expect((await apply('fought', { size: 2 }, {}, 'two')).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.size',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.size' }],
      },
    });
    const several = await apply('fought', { size: 2, plain: ['q'], labels: { x: '9' } }, {}, 'two');
    const fields = several.body.details?.causes?.map(({ field }) => field);
    expect(fields).toEqual(['.spec.plain', '.spec.size', '.spec.labels.x']);
    expect((await ground().wire.send('GET', path('fought'))).body).toEqual(first.body);
  });

  test('force takes the fields away from their owner', async () => {
    await good(apply('forced', { size: 1, color: 'red' }));
    expect(ownersOf(await good(apply('forced', { size: 2 }, {}, 'two', true)))).toEqual([
      { manager: 'Apply one', fields: { 'f:spec': { 'f:color': {} } } },
      { manager: 'Apply two', fields: { 'f:spec': { 'f:size': {} } } },
    ]);
  });

  test('a manager that updates owns its fields too', async () => {
    const { wire, namespace } = ground();
    await good(wire.send('POST', widgets(namespace), widget('updated', { size: 1 })));
    expect((await apply('updated', { size: 2 })).body.message).toBe(
      `Apply failed with 1 conflict: conflict with "conformance" using ${GROUP}/v1: .spec.size`,
    );
    const same = await good(apply('updated', { size: 1 }));
    expect(same.body.metadata.managedFields).toHaveLength(2);
    const patched = await good(wire.mergePatch(path('updated'), { spec: { size: 3 } }));
    expect(ownersOf(patched).map(({ manager }) => manager)).toEqual(['Update conformance']);
  });

  test('a replacement can drop another manager together with its fields', async () => {
    const { wire } = ground();
    await good(apply('dropped', { size: 1 }));
    const { body } = await good(wire.mergePatch(path('dropped'), { spec: { color: 'red' } }));
    const managedFields = body.metadata.managedFields?.filter(({ manager }) => manager === 'one');
    const clean = { ...body, metadata: { ...body.metadata, managedFields }, spec: { size: 1 } };
    const put = await good(wire.send('PUT', `${path('dropped')}?fieldManager=one`, clean));
    expect(put.body.spec).toEqual({ ...DEFAULTS, size: 1 });
    expect(ownersOf(put)[0]).toEqual({ manager: 'Apply one', fields: { 'f:spec': { 'f:size': {} } } });
  });

  test('a field that the manager no longer applies is removed, or returns to its default', async () => {
    const nested = { depth: 9 };
    const whole = { size: 1, mode: 'Off', color: 'red', nested, ports: [{ port: 1, name: 'x' }] };
    await good(apply('less', whole, { labels: { l: '1' }, annotations: { a: 'b' } }));
    const { body } = await good(apply('less', { size: 1, ports: [{ port: 1 }] }));
    expect(body.spec).toEqual({ ...DEFAULTS, size: 1, ports: [{ port: 1, protocol: 'TCP' }] });
    expect(body.metadata.labels).toBeUndefined();
    expect(body.metadata.annotations).toBeUndefined();
    expect(body.metadata.generation).toBe(2);
  });

  test('the status has owners of its own, and conditions are merged by their type', async () => {
    const { body: before } = await good(apply('observed', { size: 1 }));
    const first = await good(applyStatus('observed', condition('A')));
    expect(first.body.spec).toEqual(before.spec);
    expect(ownersOf(first).map(({ manager }) => manager)).toEqual(['Apply one', 'Apply one status']);
    expect((await applyStatus('observed', condition('A'))).body).toEqual(first.body);
    const both = await good(applyStatus('observed', condition('B'), 'two'));
    expect(both.body.status).toEqual({
      conditions: [
        { type: 'A', status: 'True' },
        { type: 'B', status: 'True' },
      ],
    });
    expect((await applyStatus('observed', condition('A', 'False'), 'two')).body.message).toBe(
      'Apply failed with 1 conflict: conflict with "one" with subresource "status": .status.conditions[type="A"].status',
    );
    expect((await good(applyStatus('observed', {}))).body.status).toEqual(condition('B'));
    expect(refusalOf(await applyStatus('none', {}))).toEqual({ status: 404, reason: 'NotFound' });
    const ignored = await good(
      ground().wire.apply(path('ignored'), { ...widget('ignored'), status: { observed: 9 } }),
    );
    expect(ignored.body.status).toBeUndefined();
    expect(ownersOf(ignored)[0]?.fields).toEqual({ 'f:spec': { 'f:size': {} } });
  });

  test('an apply must obey the schema', async () => {
    const message = async (spec: Fields): Promise<string> => {
      const { status, body } = await apply('unknown', spec);
      expect(status).toBe(500);
      return body.message.replace(/^.*?\): /, '');
    };
    expect(await message({ size: 1, odd: 1 })).toBe('.spec.odd: field not declared in schema');
    expect(await message({ size: 1, tags: ['a', 'a'] })).toBe('.spec.tags: duplicate entries for key [="a"]');
    expect(refusalOf(await apply('unknown', { size: 99 }))).toMatchObject({ status: 422, reason: 'Invalid' });
  });

  test('an apply with a uid or a version changes that very object or none', async () => {
    const conflict = { status: 409, reason: 'Conflict' };
    expect(refusalOf(await apply('exact', { size: 1 }, { uid: OTHER_UID }))).toEqual(conflict);
    await good(apply('exact', { size: 1 }));
    expect(refusalOf(await apply('exact', { size: 2 }, { uid: OTHER_UID }))).toMatchObject({
      status: 422,
      causes: ['metadata.uid FieldValueInvalid'],
    });
    expect(refusalOf(await apply('exact', { size: 2 }, { resourceVersion: '1' }))).toEqual(conflict);
  });

  test('an apply names its manager and must fit its path', async () => {
    const { wire } = ground();
    const type = 'application/apply-patch+yaml';
    const nameless = await wire.send('PATCH', path('here'), widget('here'), { type });
    expect(refusalOf(nameless)).toMatchObject({ status: 422, causes: ['fieldManager FieldValueRequired'] });
    expect((await apply('here', { size: 1 }, { managedFields: [] })).status).toBe(400);
    expect((await apply('here', { size: 1 }, { name: 'there' })).status).toBe(400);
    expect((await apply('here', { size: 1 }, { namespace: 'other' })).status).toBe(400);
    expect((await wire.apply(path('here'), { ...widget('here'), kind: 'Gadget' })).status).toBe(400);
    expect((await wire.apply(`${widgets('nowhere')}/here`, widget('here'))).status).toBe(404);
  });
};

function condition(type: string, status = 'True') {
  return { conditions: [{ type, status }] };
}
