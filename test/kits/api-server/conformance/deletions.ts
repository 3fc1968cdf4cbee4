// Deleting objects: preconditions, finalizers, collections.
import { expect, test } from 'vitest';
import { good, namesOf, refusalOf, type Part } from './suite.ts';
import { GROUP, widget, widgets } from './widget.ts';

export const deletions: Part = (ground) => {
  test('a deletion answers what it deleted', async () => {
    const { wire, namespace } = ground();
    const { body: live } = await good(wire.send('POST', widgets(namespace), widget('gone')));
    const path = `${widgets(namespace)}/gone`;
    const rehearsed = await wire.send('DELETE', `${path}?dryRun=All`);
    const answer = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'gone', group: GROUP, kind: 'widgets', uid: live.metadata.uid },
    };
    expect(rehearsed.body).toEqual(answer);
    expect((await wire.send('DELETE', path)).body).toEqual(answer);
    expect((await wire.send('GET', path)).status).toBe(404);
  });

  test('a deletion may hold on to an id and a version, and fails where they have moved on', async () => {
    const { wire, namespace } = ground();
    const { body: live } = await good(wire.send('POST', widgets(namespace), widget('guarded')));
    const remove = (preconditions: unknown) =>
      wire.send('DELETE', `${widgets(namespace)}/guarded`, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions,
      });
    const conflict = { status: 409, reason: 'Conflict' };
    const wrongId = await remove({ uid: '11111111-1111-4111-8111-111111111111' });
    expect(refusalOf(wrongId)).toEqual(conflict);
    expect(wrongId.body.message).toContain(`does not match the UID in record (${live.metadata.uid})`);
    expect(refusalOf(await remove({ resourceVersion: '1' }))).toEqual(conflict);
    const { uid, resourceVersion } = live.metadata;
    expect((await remove({ uid, resourceVersion })).status).toBe(200);
  });

  test('an object with a finalizer lives on until the finalizer is gone', async () => {
    const { wire, namespace } = ground();
    const path = `${widgets(namespace)}/final`;
    const finalizers = ['conformance.egressintent.io/hold'];
    await good(wire.send('POST', widgets(namespace), widget('final', { size: 1 }, { finalizers })));
    const { body: ending } = await good(wire.send('DELETE', path));
    expect(ending.metadata).toMatchObject({ finalizers, generation: 2 });
    expect(ending.metadata.deletionTimestamp).toMatch(/Z$/);
    expect((await wire.send('DELETE', path)).body).toEqual(ending);
    const more = { metadata: { finalizers: [...finalizers, 'conformance.egressintent.io/more'] } };
    expect(refusalOf(await wire.mergePatch(path, more))).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['metadata.finalizers FieldValueForbidden'],
    });
    await good(wire.mergePatch(path, { spec: { size: 2 } }));
    await good(wire.mergePatch(path, { metadata: { finalizers: null } }));
    expect((await wire.send('GET', path)).status).toBe(404);
  });

  test('a collection is deleted as far as it is selected', async () => {
    const { wire, namespace } = ground();
    for (const app of ['a', 'b'])
      await good(
        wire.send('POST', widgets(namespace), widget(`many-${app}`, { size: 1 }, { labels: { app } })),
      );
    await good(wire.send('DELETE', `${widgets(namespace)}?labelSelector=app%3Da`));
    const left = await wire.send('GET', `${widgets(namespace)}?labelSelector=app`);
    expect(namesOf(left)).toEqual(['many-b']);
  });
};
