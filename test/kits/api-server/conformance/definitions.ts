// CustomResourceDefinitions: a kind is served when its definition is, changes with it and goes with it.
import { expect, test } from 'vitest';
import { eventually } from '../../../support/cluster.ts';
import { good, namesOf, refusalOf, type Part } from './suite.ts';
import { DEFINITIONS, definitionOf, GROUP, widget } from './widget.ts';

export const definitions: Part = (ground) => {
  const path = (plural: string) => `/apis/${GROUP}/v1/namespaces/${ground().namespace}/${plural}`;

  test('a definition gets its default names, and says when its kind is served', async () => {
    const { wire } = ground();
    const definition = definitionOf('Gadget');
    await good(wire.apply(`${DEFINITIONS}/${definition.metadata.name}`, definition));
    const { body } = await eventually(async () => {
      const reply = await good(wire.send('GET', `${DEFINITIONS}/${definition.metadata.name}`));
      expect(reply.body.status).toMatchObject({
        conditions: [
          { type: 'NamesAccepted', status: 'True' },
          { type: 'Established', status: 'True' },
        ],
      });
      return reply;
    });
    const names = { plural: 'gadgets', kind: 'Gadget', singular: 'gadget', listKind: 'GadgetList' };
    expect(body.spec).toMatchObject({ names, conversion: { strategy: 'None' } });
    expect(body.status).toMatchObject({
      acceptedNames: names,
      storedVersions: ['v1'],
    });
    await eventually(async () =>
      expect((await wire.send('GET', path('gadgets'))).body.kind).toBe('GadgetList'),
    );
    const discovered = await good(wire.send('GET', `/apis/${GROUP}/v1`));
    const resources = discovered.body['resources'] as readonly {
      name: string;
      kind: string;
      namespaced: boolean;
    }[];
    expect(resources.filter(({ kind }) => kind === 'Gadget')).toMatchObject([
      { name: 'gadgets', singularName: 'gadget', namespaced: true },
      { name: 'gadgets/status', namespaced: true },
    ]);
  });

  test('a definition is named after its kind', async () => {
    const { wire } = ground();
    const reply = await wire.send('POST', DEFINITIONS, {
      ...definitionOf('Gizmo'),
      metadata: { name: `other.${GROUP}` },
    });
    expect(refusalOf(reply)).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(refusalOf(reply).causes).toContain('metadata.name FieldValueInvalid');
  });

  test('objects are read in each version that is served', async () => {
    const { wire } = ground();
    const definition = definitionOf('Versioned');
    const [v1] = definition.spec.versions;
    const versions = [v1, { ...v1, name: 'v2', storage: false }];
    await good(wire.send('POST', DEFINITIONS, { ...definition, spec: { ...definition.spec, versions } }));
    const v2 = path('versioneds').replace('/v1/', '/v2/');
    await eventually(async () => good(wire.send('GET', v2)));
    await good(wire.send('POST', path('versioneds'), { ...widget('both'), kind: 'Versioned' }));
    const { body } = await good(wire.send('GET', `${v2}/both`));
    expect(body.apiVersion).toBe(`${GROUP}/v2`);
    const applied = { ...widget('both', { size: 2 }), kind: 'Versioned', apiVersion: `${GROUP}/v2` };
    const changed = await good(wire.apply(`${v2}/both`, applied, { force: true }));
    expect(changed.body.metadata.generation).toBe(2);
    expect((await good(wire.send('GET', path('versioneds')))).body.items).toMatchObject([
      { apiVersion: `${GROUP}/v1`, spec: { size: 2 } },
    ]);
  });

  test('a kind goes with its definition, and comes back empty', async () => {
    const { wire } = ground();
    const definition = definitionOf('Passing');
    const create = async () => {
      await good(wire.send('POST', DEFINITIONS, definition));
      await eventually(async () => good(wire.send('GET', path('passings'))));
    };
    await create();
    await good(wire.send('POST', path('passings'), { ...widget('lost'), kind: 'Passing' }));
    const file = `${DEFINITIONS}/${definition.metadata.name}`;
    await good(wire.send('DELETE', file));
    await eventually(async () => {
      expect((await wire.send('GET', file)).status).toBe(404);
      expect((await wire.send('GET', path('passings'))).status).toBe(404);
    });
    await create();
    expect(namesOf(await good(wire.send('GET', path('passings'))))).toEqual([]);
  });
};
