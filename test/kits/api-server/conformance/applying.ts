// Server-side apply: who owns what, who conflicts with whom, and what goes when nobody wants it any more.
import { expect, test } from 'vitest';
import { good, ownersOf, type Part } from './suite.ts';
import { DEFAULTS, GROUP, OTHER_UID, widget, widgets } from './widget.ts';

export const applying: Part = (ground) => {
  const path = (name: string) => `${widgets(ground().namespace)}/${name}`;

  test('an apply to a free name creates the object, owned as far as it was spelled out', async () => {
    const { wire } = ground();
    const spec = {
      size: 1,
      tags: ['a'],
      ports: [{ port: 80 }],
      labels: { x: '1' },
      atom: { k: 'v' },
      plain: ['p'],
    };
    const reply = await wire.apply(path('spelled'), widget('spelled', spec, { labels: { l: '1' } }));
    expect(reply.status).toBe(201);
    expect(reply.body.spec).toEqual({ ...DEFAULTS, ...spec, ports: [{ port: 80, protocol: 'TCP' }] });
    expect(ownersOf(reply)).toEqual([
      {
        manager: 'Apply one',
        fields: {
          'f:metadata': { 'f:labels': { 'f:l': {} } },
          'f:spec': {
            'f:atom': {},
            'f:labels': { 'f:x': {} },
            'f:plain': {},
            'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
            'f:size': {},
            'f:tags': { 'v:"a"': {} },
          },
        },
      },
    ]);
  });

  test('an apply that changes nothing leaves the version as it was', async () => {
    const { wire } = ground();
    const first = await good(wire.apply(path('again'), widget('again', { size: 1, ports: [{ port: 1 }] })));
    const again = await wire.apply(path('again'), widget('again', { size: 1, ports: [{ port: 1 }] }));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
  });

  test('another manager adds to maps, sets and keyed lists, and shares what has the same value', async () => {
    const { wire } = ground();
    await good(
      wire.apply(
        path('shared'),
        widget('shared', { size: 1, tags: ['a'], ports: [{ port: 1 }], labels: { a: '1' } }),
      ),
    );
    const mine = widget('shared', { size: 1, tags: ['b'], ports: [{ port: 2 }], labels: { b: '2' } });
    const { body } = await good(wire.apply(path('shared'), mine, { manager: 'two' }));
    expect(body.spec).toEqual({
      ...DEFAULTS,
      size: 1,
      tags: ['a', 'b'],
      labels: { a: '1', b: '2' },
      ports: [
        { port: 1, protocol: 'TCP' },
        { port: 2, protocol: 'TCP' },
      ],
    });
    const left = await good(wire.apply(path('shared'), widget('shared', { size: 1 })));
    expect(left.body.spec).toEqual({
      ...DEFAULTS,
      size: 1,
      tags: ['b'],
      labels: { b: '2' },
      ports: [{ port: 2, protocol: 'TCP' }],
    });
  });

  test('a conflict names the manager and the fields, and changes nothing', async () => {
    const { wire } = ground();
    const first = await good(
      wire.apply(path('fought'), widget('fought', { size: 1, plain: ['p'], labels: { x: '1' } })),
    );
    const one = await wire.apply(path('fought'), widget('fought', { size: 2 }), { manager: 'two' });
    expect(one.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.size',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.size' }],
      },
    });
    const three = widget('fought', { size: 2, plain: ['q'], labels: { x: '9' } });
    expect((await wire.apply(path('fought'), three, { manager: 'two' })).body.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "one":\n- .spec.plain\n- .spec.size\n- .spec.labels.x',
    );
    expect((await wire.send('GET', path('fought'))).body).toEqual(first.body);
  });

  test('force takes the fields away from their owner', async () => {
    const { wire } = ground();
    await good(wire.apply(path('forced'), widget('forced', { size: 1, color: 'red' })));
    const reply = await good(
      wire.apply(path('forced'), widget('forced', { size: 2 }), { manager: 'two', force: true }),
    );
    expect(ownersOf(reply)).toEqual([
      { manager: 'Apply one', fields: { 'f:spec': { 'f:color': {} } } },
      { manager: 'Apply two', fields: { 'f:spec': { 'f:size': {} } } },
    ]);
  });

  test('a conflict with somebody who updates tells the version they used', async () => {
    const { wire, namespace } = ground();
    await good(wire.send('POST', widgets(namespace), widget('updated', { size: 1 })));
    const reply = await wire.apply(path('updated'), widget('updated', { size: 2 }));
    expect(reply.body.message).toBe(
      `Apply failed with 1 conflict: conflict with "conformance" using ${GROUP}/v1: .spec.size`,
    );
    const same = await good(wire.apply(path('updated'), widget('updated', { size: 1 })));
    expect(same.body.metadata.managedFields).toHaveLength(2);
    await good(wire.mergePatch(path('updated'), { spec: { size: 3 } }));
    expect(ownersOf(await wire.send('GET', path('updated'))).map(({ manager }) => manager)).toEqual([
      'Update conformance',
    ]);
  });

  test('what the manager applies no more is removed, and falls back to its default', async () => {
    const { wire } = ground();
    const whole = {
      size: 1,
      mode: 'Off',
      color: 'red',
      labels: { a: '1' },
      nested: { depth: 9 },
      ports: [{ port: 1, name: 'x' }],
    };
    const metadata = { labels: { l: '1' }, annotations: { a: 'b' } };
    await good(wire.apply(path('less'), widget('less', whole, metadata)));
    const { body } = await good(wire.apply(path('less'), widget('less', { size: 1, ports: [{ port: 1 }] })));
    expect(body.spec).toEqual({ ...DEFAULTS, size: 1, ports: [{ port: 1, protocol: 'TCP' }] });
    expect(body.metadata.labels).toBeUndefined();
    expect(body.metadata.annotations).toBeUndefined();
    expect(body.metadata.generation).toBe(2);
  });

  test('a keyed list is put into the order of who applied last', async () => {
    const { wire } = ground();
    await good(wire.apply(path('order'), ordered(3, 1, 2)));
    const { body } = await good(wire.apply(path('order'), ordered(2, 9, 3), { manager: 'two' }));
    expect((body.spec['ports'] as { port: number }[]).map(({ port }) => port)).toEqual([1, 2, 9, 3]);
  });

  test('an atomic list or map has one owner and is replaced as a whole', async () => {
    const { wire } = ground();
    await good(wire.apply(path('atomic'), widget('atomic', { size: 1, plain: ['a'], atom: { a: '1' } })));
    const other = widget('atomic', { size: 1, plain: ['b'], atom: { b: '2' } });
    const refused = await wire.apply(path('atomic'), other, { manager: 'two' });
    expect(refused.body.details?.causes?.map(({ field }) => field)).toEqual(['.spec.atom', '.spec.plain']);
    const { body } = await good(wire.apply(path('atomic'), other, { manager: 'two', force: true }));
    expect(body.spec).toMatchObject({ plain: ['b'], atom: { b: '2' } });
  });

  test('owner references are joined by the id of the owner', async () => {
    const { wire } = ground();
    const owners = { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: OTHER_UID }] };
    const dry = { dryRun: true };
    const reply = await good(wire.apply(path('owned'), widget('owned', { size: 1 }, owners), dry));
    expect(ownersOf(reply)[0]?.fields).toEqual({
      'f:metadata': { 'f:ownerReferences': { [`k:{"uid":"${OTHER_UID}"}`]: {} } },
      'f:spec': { 'f:size': {} },
    });
  });

  test('a rehearsed apply answers with what would be, and changes nothing', async () => {
    const { wire } = ground();
    const { body: before } = await good(wire.apply(path('rehearsed'), widget('rehearsed', { size: 1 })));
    const reply = await good(
      wire.apply(path('rehearsed'), widget('rehearsed', { size: 2 }), { dryRun: true }),
    );
    expect(reply.body.spec).toEqual({ ...DEFAULTS, size: 2 });
    expect(reply.body.metadata).toMatchObject({
      generation: 2,
      resourceVersion: before.metadata.resourceVersion,
    });
    expect((await wire.send('GET', path('rehearsed'))).body).toEqual(before);
  });

  test('one empty entry makes the server forget all managers', async () => {
    const { wire } = ground();
    await good(wire.apply(path('forgotten'), widget('forgotten', { size: 1 })));
    const { body } = await good(wire.mergePatch(path('forgotten'), { metadata: { managedFields: [{}] } }));
    expect(body.metadata.managedFields).toBeUndefined();
    const reply = await wire.apply(path('forgotten'), widget('forgotten', { size: 2 }));
    expect(reply.body.message).toContain('conflict with "before-first-apply"');
  });
};

function ordered(...numbers: readonly number[]) {
  return widget('order', { size: 1, ports: numbers.map((port) => ({ port })) });
}
