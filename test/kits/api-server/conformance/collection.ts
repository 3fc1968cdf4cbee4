// What goes by itself: objects whose owners are gone, and what is in a namespace that ends.
import { expect, test } from 'vitest';
import { eventually } from '../../../support/cluster.ts';
import { good, refusalOf, type Part } from './suite.ts';
import { configMap, ownedBy, widget, widgets } from './widget.ts';

const PATIENCE = { withinMs: 40_000, everyMs: 50 };

export const collection: Part = (ground) => {
  test('an object goes once the last of its owners is gone', async () => {
    const { wire, namespace } = ground();
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const own = async (name: string) =>
      ownedBy((await good(wire.send('POST', widgets(namespace), widget(name)))).body);
    const [first, second] = [await own('first'), await own('second')];
    await good(wire.send('POST', maps, configMap('single', { ownerReferences: [first] })));
    await good(wire.send('POST', maps, configMap('double', { ownerReferences: [first, second] })));
    await good(wire.send('POST', maps, configMap('nobody')));

    await good(wire.send('DELETE', `${widgets(namespace)}/first`));
    await eventually(async () => {
      expect((await wire.send('GET', `${maps}/single`)).status).toBe(404);
      const { body } = await wire.send('GET', `${maps}/double`);
      expect(body.metadata.ownerReferences).toEqual([second]);
    }, PATIENCE);
    await good(wire.send('DELETE', `${widgets(namespace)}/second`));
    await eventually(
      async () => expect((await wire.send('GET', `${maps}/double`)).status).toBe(404),
      PATIENCE,
    );
    expect((await wire.send('GET', `${maps}/nobody`)).status).toBe(200);
  });

  test('an object whose owner never was goes, and so does one whose owner has another id', async () => {
    const { wire, namespace } = ground();
    const { body } = await good(wire.send('POST', widgets(namespace), widget('real')));
    const stale = { ...ownedBy(body), uid: '11111111-1111-4111-8111-111111111111' };
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    await good(
      wire.send('POST', maps, configMap('orphan', { ownerReferences: [{ ...stale, name: 'never' }] })),
    );
    await good(wire.send('POST', maps, configMap('stale', { ownerReferences: [stale] })));
    await eventually(async () => {
      expect((await wire.send('GET', `${maps}/orphan`)).status).toBe(404);
      expect((await wire.send('GET', `${maps}/stale`)).status).toBe(404);
    }, PATIENCE);
  });

  test('a namespace ends with all that is in it, and takes nothing new meanwhile', async () => {
    const { wire } = ground();
    const name = 'ending';
    const namespaces = '/api/v1/namespaces';
    const created = await good(
      wire.send('POST', namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    );
    expect(created.body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    const finalizers = ['conformance.egressintent.io/hold'];
    await good(wire.send('POST', widgets(name), widget('held', { size: 1 }, { finalizers })));
    await good(wire.send('POST', `${namespaces}/${name}/configmaps`, configMap('lost')));
    const deleted = await good(wire.send('DELETE', `${namespaces}/${name}`));
    expect(deleted.body.status).toMatchObject({ phase: 'Terminating' });
    expect(deleted.body.metadata.deletionTimestamp).toMatch(/Z$/);
    const late = await wire.send('POST', `${namespaces}/${name}/configmaps`, configMap('late'));
    expect(refusalOf(late)).toEqual({
      status: 403,
      reason: 'Forbidden',
      causes: ['metadata.namespace NamespaceTerminating'],
    });
    await eventually(async () => {
      expect((await wire.send('GET', `${namespaces}/${name}/configmaps/lost`)).status).toBe(404);
      const held = await wire.send('GET', `${widgets(name)}/held`);
      expect(held.body.metadata.deletionTimestamp).toBeDefined();
    }, PATIENCE);
    await good(wire.mergePatch(`${widgets(name)}/held`, { metadata: { finalizers: null } }));
    await eventually(
      async () => expect((await wire.send('GET', `${namespaces}/${name}`)).status).toBe(404),
      PATIENCE,
    );
  }, 90_000);

  test('a namespace is named without dots', async () => {
    const { wire } = ground();
    const reply = await wire.send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'a.b' },
    });
    expect(refusalOf(reply)).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['metadata.name FieldValueInvalid'],
    });
  });
};
