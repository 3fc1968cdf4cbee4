// Creating, replacing and patching: what a server makes of an object, and what it refuses.
import { expect, test } from 'vitest';
import { good, ownersOf, refusalOf, type Part } from './suite.ts';
import { DEFAULTS, GROUP, widget, widgets, withStatus } from './widget.ts';

export const creation: Part = (ground) => {
  test('a new object gets an id, a time in whole seconds, a version and its first generation', async () => {
    const { wire, namespace } = ground();
    const claimed = { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 7 };
    const { status, body } = await wire.send('POST', widgets(namespace), {
      ...widget('new', { size: 1 }, claimed),
      status: { observed: 3 },
    });
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({ name: 'new', namespace, generation: 1 });
    expect(body.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(body.metadata.creationTimestamp).toMatch(/^20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(body.status).toBeUndefined();
    expect((await wire.send('GET', `${widgets(namespace)}/new`)).body).toEqual(body);
  });

  test('unknown fields are pruned, nulls dropped and defaults filled in, at any depth', async () => {
    const { wire, namespace } = ground();
    const spec = {
      size: 1,
      unknown: 1,
      color: null,
      maybe: null,
      ports: [{ port: 80, odd: 1 }],
      free: { a: [1] },
    };
    const { body } = await good(wire.send('POST', widgets(namespace), widget('pruned', spec)));
    expect(body.spec).toEqual({
      ...DEFAULTS,
      size: 1,
      maybe: null,
      ports: [{ port: 80, protocol: 'TCP' }],
      free: { a: [1] },
    });
  });

  test('a writer without a name of its own is called by its user agent, and owns what it wrote', async () => {
    const { wire, namespace } = ground();
    const reply = await wire.send(
      'POST',
      widgets(namespace),
      widget('owned', { size: 1, tags: ['a'] }, { labels: { l: '1' } }),
    );
    expect(ownersOf(reply)).toEqual([
      {
        manager: 'Update conformance',
        fields: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
          'f:spec': {
            '.': {},
            'f:mode': {},
            'f:nested': { '.': {}, 'f:depth': {} },
            'f:size': {},
            'f:tags': { '.': {}, 'v:"a"': {} },
          },
        },
      },
    ]);
  });

  test('what the schema forbids is refused, each violation told with its field', async () => {
    const { wire, namespace } = ground();
    const spec = { size: 'x', mode: 'Nope', color: 'ABCDEFGH', tags: ['a', 'b', 'c', 'd'], ports: [{}] };
    const reply = await wire.send('POST', widgets(namespace), widget('bad', spec));
    expect(refusalOf(reply)).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: [
        'spec.color FieldValueTooLong',
        'spec.mode FieldValueNotSupported',
        'spec.ports[0].port FieldValueRequired',
        'spec.size FieldValueTypeInvalid',
        'spec.tags FieldValueTooMany',
      ],
    });
    expect(reply.body.details).toMatchObject({ name: 'bad', group: GROUP, kind: 'Widget' });
    expect(reply.body.message).toContain(`Widget.${GROUP} "bad" is invalid: [`);
  });

  test.each([
    [{ size: 11 }, 'spec.size FieldValueInvalid'],
    [{ size: 1, color: 'Red' }, 'spec.color FieldValueInvalid'],
    [{ size: 1, amount: true }, 'spec.amount FieldValueTypeInvalid'],
    [{ size: 1, tags: ['a', 'a'] }, 'spec.tags[1] FieldValueDuplicate'],
    [{ size: 1, ports: [{ port: 1 }, { port: 1 }] }, 'spec.ports[1] FieldValueDuplicate'],
    [{}, 'spec.size FieldValueRequired'],
  ])('refuses %j', async (spec, cause) => {
    const { wire, namespace } = ground();
    const reply = await wire.send('POST', widgets(namespace), widget('bad', spec));
    expect(refusalOf(reply)).toEqual({ status: 422, reason: 'Invalid', causes: [cause] });
  });

  test.each([
    [{ name: 'Bad_Name' }, 'metadata.name FieldValueInvalid'],
    [{ name: undefined }, 'metadata.name FieldValueRequired'],
    [{ labels: { 'a b': 'c' } }, 'metadata.labels FieldValueInvalid'],
    [{ labels: { a: '-' } }, 'metadata.labels FieldValueInvalid'],
    [
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x' }] },
      'metadata.ownerReferences.uid FieldValueInvalid',
    ],
  ])('refuses the metadata %j', async (metadata, cause) => {
    const { wire, namespace } = ground();
    const reply = await wire.send('POST', widgets(namespace), widget('meta', { size: 1 }, metadata));
    expect(refusalOf(reply)).toEqual({ status: 422, reason: 'Invalid', causes: [cause] });
  });

  test('a name that is taken is refused', async () => {
    const { wire, namespace } = ground();
    await good(wire.send('POST', widgets(namespace), widget('taken')));
    const reply = await wire.send('POST', widgets(namespace), widget('taken'));
    expect(reply.body).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      code: 409,
      reason: 'AlreadyExists',
      message: `widgets.${GROUP} "taken" already exists`,
      details: { name: 'taken', group: GROUP, kind: 'widgets' },
    });
  });

  test('a name is made up where only its beginning is given', async () => {
    const { wire, namespace } = ground();
    const nameless = { ...widget(''), metadata: { generateName: 'made-' } };
    const { body } = await good(wire.send('POST', widgets(namespace), nameless));
    expect(body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
  });

  test('what does not fit its path is refused', async () => {
    const { wire, namespace } = ground();
    const post = (body: unknown, home = namespace) => wire.send('POST', widgets(home), body);
    expect((await post(widget('x', { size: 1 }, { namespace: 'other' }))).status).toBe(400);
    expect((await post({ ...widget('x'), apiVersion: `${GROUP}/v2` })).status).toBe(400);
    expect((await post({ ...widget('x'), kind: undefined })).status).toBe(400);
    expect(refusalOf(await post({ ...widget('x'), kind: 'Foo' }))).toMatchObject({ status: 422 });
    expect(refusalOf(await post(widget('x'), 'nowhere'))).toEqual({ status: 404, reason: 'NotFound' });
    expect((await post(widget('x', { size: 1 }, { resourceVersion: '5' }))).status).toBe(500);
  });

  test('bodies may be JSON or YAML, and nothing else', async () => {
    const { wire, namespace } = ground();
    const yaml = `apiVersion: ${GROUP}/v1\nkind: Widget\nmetadata:\n  name: yaml\nspec:\n  size: 2\n`;
    const post = (body: string, type: string) => wire.send('POST', widgets(namespace), body, { type });
    expect((await post(yaml, 'application/yaml')).body.spec).toEqual({ ...DEFAULTS, size: 2 });
    expect(refusalOf(await post('{}', 'text/plain'))).toEqual({
      status: 415,
      reason: 'UnsupportedMediaType',
    });
    expect(refusalOf(await post('{"a":', 'application/json'))).toEqual({ status: 400, reason: 'BadRequest' });
  });

  test('a rehearsed creation answers like a real one, and stores nothing', async () => {
    const { wire, namespace } = ground();
    const reply = await wire.send('POST', `${widgets(namespace)}?dryRun=All`, widget('dry'));
    expect(reply.status).toBe(201);
    expect(reply.body.spec).toEqual({ ...DEFAULTS, size: 1 });
    expect(reply.body.metadata.resourceVersion).toBeUndefined();
    expect((await wire.send('GET', `${widgets(namespace)}/dry`)).status).toBe(404);
  });

  test('what does not exist is not found', async () => {
    const { wire, namespace } = ground();
    const path = `${widgets(namespace)}/none`;
    const stored = widget('none', { size: 1 }, { resourceVersion: '1' });
    for (const reply of [
      await wire.send('GET', path),
      await wire.send('DELETE', path),
      await wire.send('PUT', path, stored),
      await wire.mergePatch(path, { spec: { size: 2 } }),
      await wire.mergePatch(`${path}/status`, withStatus('none', { observed: 1 })),
    ])
      expect(reply.body).toMatchObject({
        code: 404,
        reason: 'NotFound',
        message: `widgets.${GROUP} "none" not found`,
        details: { name: 'none', group: GROUP, kind: 'widgets' },
      });
    expect((await wire.send('GET', `/apis/${GROUP}/v1/gadgets`)).text).toBe('404 page not found\n');
    expect(refusalOf(await wire.send('GET', '/api/v1/gadgets'))).toEqual({ status: 404, reason: 'NotFound' });
  });
};
