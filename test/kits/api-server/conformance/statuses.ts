// Server-side apply of a status, which has an endpoint, managers and rules of its own.
import { expect, test } from 'vitest';
import { good, ownersOf, refusalOf, type Part } from './suite.ts';
import { GROUP, widget, widgets, withStatus } from './widget.ts';

export const statuses: Part = (ground) => {
  const path = (name: string) => `${widgets(ground().namespace)}/${name}`;

  test('an applied status is owned apart from the spec, and changes nothing but the status', async () => {
    const { wire } = ground();
    const { body: before } = await good(wire.apply(path('apart'), widget('apart', { size: 1 })));
    const wanted = { ...withStatus('apart', { observed: 1 }), spec: { size: 9 } };
    const reply = await good(wire.apply(`${path('apart')}/status`, wanted));
    expect(reply.body).toMatchObject({ spec: before.spec, status: { observed: 1 } });
    expect(ownersOf(reply)).toEqual([
      { manager: 'Apply one', fields: { 'f:spec': { 'f:size': {} } } },
      { manager: 'Apply one status', fields: { 'f:status': { 'f:observed': {} } } },
    ]);
    const again = await wire.apply(`${path('apart')}/status`, withStatus('apart', { observed: 1 }));
    expect(again.body).toEqual(reply.body);
  });

  test('conditions are joined by their type, and go with the manager that applied them', async () => {
    const { wire } = ground();
    await good(wire.apply(path('joined'), widget('joined')));
    await good(wire.apply(`${path('joined')}/status`, condition('A')));
    const both = await good(wire.apply(`${path('joined')}/status`, condition('B'), { manager: 'two' }));
    expect(both.body.status).toEqual({
      conditions: [
        { type: 'A', status: 'True' },
        { type: 'B', status: 'True' },
      ],
    });
    const fought = await wire.apply(`${path('joined')}/status`, condition('A', 'False'), { manager: 'two' });
    expect(fought.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "one" with subresource "status": .status.conditions[type="A"].status',
    );
    const left = await good(wire.apply(`${path('joined')}/status`, withStatus('joined', {})));
    expect(left.body.status).toEqual({ conditions: [{ type: 'B', status: 'True' }] });
  });

  test('the status of what does not exist is not found', async () => {
    const { wire } = ground();
    const reply = await wire.apply(`${path('none')}/status`, withStatus('none', { observed: 1 }));
    expect(refusalOf(reply)).toEqual({ status: 404, reason: 'NotFound' });
    expect(reply.body.message).toBe(`widgets.${GROUP} "none" not found`);
  });

  test('an applied status does not look at the id, but does look at the version', async () => {
    const { wire } = ground();
    await good(wire.apply(path('looked'), widget('looked')));
    const status = { status: { observed: 1 } };
    const metadata = { name: 'looked', uid: '11111111-1111-4111-8111-111111111111' };
    const otherId = await wire.apply(`${path('looked')}/status`, {
      ...widget('looked'),
      metadata,
      ...status,
    });
    expect(otherId.status).toBe(200);
    const old = { name: 'looked', resourceVersion: '1' };
    const stale = await wire.apply(`${path('looked')}/status`, {
      ...widget('looked'),
      metadata: old,
      ...status,
    });
    expect(refusalOf(stale)).toEqual({ status: 409, reason: 'Conflict' });
  });

  test('a status that is applied to the object itself is ignored', async () => {
    const { wire } = ground();
    const reply = await good(wire.apply(path('ignored'), { ...widget('ignored'), status: { observed: 9 } }));
    expect(reply.body.status).toBeUndefined();
    expect(ownersOf(reply)[0]?.fields).toEqual({ 'f:spec': { 'f:size': {} } });
  });
};

function condition(type: string, status = 'True') {
  return withStatus('joined', { conditions: [{ type, status }] });
}
