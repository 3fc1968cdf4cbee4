// The other built-in kinds that a controller of Istio configuration meets.
import { expect, test } from 'vitest';
import { good, refusalOf, type Part } from './suite.ts';
import { configMap } from './widget.ts';
import type { Body } from './wire.ts';

export const builtins: Part = (ground) => {
  const home = () => `/api/v1/namespaces/${ground().namespace}`;
  const post = (plural: string, body: unknown) => ground().wire.send('POST', `${home()}/${plural}`, body);

  test('a config map can be replaced without a version', async () => {
    const { wire } = ground();
    const { body } = await good(post('configmaps', { ...configMap('data'), data: { a: '1' }, odd: 1 }));
    expect(body['odd']).toBeUndefined();
    expect(body.metadata.generation).toBeUndefined();
    const replaced = await good(
      wire.send('PUT', `${home()}/configmaps/data`, { ...configMap('data'), data: { b: '2' } }),
    );
    expect(replaced.body.data).toEqual({ b: '2' });
    expect(refusalOf(await post('configmaps', { ...configMap('bad'), data: { a: 1 } }))).toEqual({
      status: 400,
      reason: 'BadRequest',
    });
    expect((await good(post('configmaps', { metadata: { name: 'untyped' } }))).body.kind).toBe('ConfigMap');
  });

  test('an endpoint slice has defaults for its ports, and generations', async () => {
    const { wire, namespace } = ground();
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'slice' } };
    const endpoints = [{ addresses: ['10.0.0.1'], conditions: { ready: true } }];
    const { body } = await good(
      wire.send('POST', path, { ...slice, addressType: 'IPv4', endpoints, ports: [{ port: 80 }] }),
    );
    expect(body).toMatchObject({ endpoints, ports: [{ name: '', protocol: 'TCP', port: 80 }] });
    expect(body.metadata.generation).toBe(1);
    const moved = await good(wire.mergePatch(`${path}/slice`, { endpoints: [] }));
    expect(moved.body.metadata.generation).toBe(2);
    expect(refusalOf(await wire.send('POST', path, { ...slice, endpoints }))).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['addressType FieldValueRequired'],
    });
  });

  test('a lease is renewed only by who has read it, and can be created by a replacement', async () => {
    const { wire, namespace } = ground();
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/leader`;
    const created = await wire.send('PUT', path, lease('me'));
    expect(created.status).toBe(201);
    const { resourceVersion } = created.body.metadata;
    expect(refusalOf(await wire.send('PUT', path, lease('you')))).toMatchObject({ status: 422 });
    expect((await good(wire.send('PUT', path, lease('you', resourceVersion)))).body.spec).toMatchObject({
      holderIdentity: 'you',
    });
    expect(refusalOf(await wire.send('PUT', path, lease('me', resourceVersion)))).toEqual({
      status: 409,
      reason: 'Conflict',
    });
  });

  test('an event has two forms', async () => {
    const { wire, namespace } = ground();
    const regarding = { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace };
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'told' },
      eventTime: '2026-01-01T00:00:00.123456Z',
      type: 'Normal',
      reason: 'Told',
      note: 'hello',
      action: 'Tell',
      reportingController: 'conformance.egressintent.io/suite',
      reportingInstance: 'suite-1',
      regarding,
    };
    const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    await good(wire.send('POST', path, event));
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:10.123456Z' };
    expect((await good(wire.mergePatch(`${path}/told`, { series }))).body).toMatchObject({
      ...event,
      series,
    });
    const core: Body = (await good(wire.send('GET', `${home()}/events/told`))).body;
    expect(core).toMatchObject({ apiVersion: 'v1', involvedObject: regarding, message: 'hello', series });
    const { action: _action, ...inactive } = { ...event, metadata: { name: 'inactive' } };
    expect(refusalOf(await wire.send('POST', path, inactive))).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['action FieldValueRequired'],
    });
    const elsewhere = { metadata: { name: 'astray' }, involvedObject: { namespace: 'other' } };
    expect(refusalOf(await wire.send('POST', `${home()}/events`, elsewhere))).toMatchObject({ status: 422 });
    expect(
      refusalOf(await wire.send('POST', path, { ...event, metadata: { name: 'odd' }, type: 'Odd' })),
    ).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['type FieldValueInvalid'],
    });
  });
};

function lease(holderIdentity: string, resourceVersion?: string) {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'leader', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.123456Z' },
  };
}
