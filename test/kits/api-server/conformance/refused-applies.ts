// Server-side apply: what it refuses, and in which words.
import { expect, test } from 'vitest';
import { good, refusalOf, type Part } from './suite.ts';
import { GROUP, OTHER_UID, widget, widgets } from './widget.ts';

export const refusedApplies: Part = (ground) => {
  const path = (name: string) => `${widgets(ground().namespace)}/${name}`;

  test('what the schema does not know cannot be applied', async () => {
    const { wire } = ground();
    const message = async (spec: Readonly<Record<string, unknown>>): Promise<string> => {
      const { status, body } = await wire.apply(path('unknown'), widget('unknown', spec));
      expect(status).toBe(500);
      return body.message.replace(/^.*?\): /, '');
    };
    expect(await message({ size: 1, odd: 1 })).toBe('.spec.odd: field not declared in schema');
    expect(await message({ size: 'x' })).toBe('.spec.size: expected numeric (int or float), got string');
    expect(await message({ size: 1, tags: ['a', 'a'] })).toBe('.spec.tags: duplicate entries for key [="a"]');
  });

  test('an apply that makes the object invalid is refused', async () => {
    const { wire } = ground();
    await good(wire.apply(path('valid'), widget('valid', { size: 1 })));
    expect(refusalOf(await wire.apply(path('valid'), widget('valid', { size: 99 })))).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['spec.size FieldValueInvalid'],
    });
    const nothing = await wire.apply(path('valid'), { ...widget('valid'), spec: undefined });
    expect(nothing.status).toBe(200);
    expect(nothing.body.spec).toBeUndefined();
  });

  test('an apply with an id changes that object or none', async () => {
    const { wire } = ground();
    const missing = await wire.apply(path('missing'), widget('missing', { size: 1 }, { uid: OTHER_UID }));
    expect(missing.body.message).toBe(
      `Operation cannot be fulfilled on widgets.${GROUP} "missing": uid mismatch: the provided object specified uid ${OTHER_UID}, and no existing object was found`,
    );
    expect(refusalOf(missing)).toEqual({ status: 409, reason: 'Conflict' });
    await good(wire.apply(path('exact'), widget('exact')));
    const different = await wire.apply(path('exact'), widget('exact', { size: 2 }, { uid: OTHER_UID }));
    expect(refusalOf(different)).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['metadata.uid FieldValueInvalid'],
    });
    const stale = await wire.apply(path('exact'), widget('exact', { size: 2 }, { resourceVersion: '1' }));
    expect(refusalOf(stale)).toEqual({ status: 409, reason: 'Conflict' });
  });

  test('an apply must name its manager, and leave the managed fields to the server', async () => {
    const { wire } = ground();
    const type = 'application/apply-patch+yaml';
    const nameless = await wire.send('PATCH', path('nameless'), widget('nameless'), { type });
    expect(refusalOf(nameless)).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['fieldManager FieldValueRequired'],
    });
    const long = await wire.apply(path('long'), widget('long'), { manager: 'x'.repeat(129) });
    expect(refusalOf(long)).toMatchObject({ status: 422, causes: ['fieldManager FieldValueTooLong'] });
    const claimed = await wire.apply(path('claimed'), widget('claimed', { size: 1 }, { managedFields: [] }));
    expect(refusalOf(claimed)).toEqual({ status: 400, reason: 'BadRequest' });
  });

  test('an apply must fit its path', async () => {
    const { wire, namespace } = ground();
    const bad = { status: 400, reason: 'BadRequest' };
    expect(refusalOf(await wire.apply(path('here'), widget('there')))).toEqual(bad);
    expect(
      refusalOf(await wire.apply(path('here'), widget('here', { size: 1 }, { namespace: 'other' }))),
    ).toEqual(bad);
    expect(
      refusalOf(await wire.apply(path('here'), { ...widget('here'), apiVersion: `${GROUP}/v2` })),
    ).toEqual(bad);
    const nowhere = await wire.apply(`${widgets('nowhere')}/here`, widget('here'));
    expect(refusalOf(nowhere)).toEqual({ status: 404, reason: 'NotFound' });
    const unnamed = { ...widget('here'), metadata: {} };
    expect(refusalOf(await wire.apply(path('here'), unnamed))).toEqual(bad);
    await good(wire.apply(path('here'), widget('here')));
    expect((await good(wire.apply(path('here'), unnamed))).body.metadata).toMatchObject({
      name: 'here',
      namespace,
    });
  });
};
