// Pods: their defaults, their status, how they are patched and how they go.
import { expect, test } from 'vitest';
import { good, refusalOf, type Part } from './suite.ts';

const SPEC = { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 80 }] }] };
const STRATEGIC = { type: 'application/strategic-merge-patch+json' };

export const pods: Part = (ground) => {
  const path = () => `/api/v1/namespaces/${ground().namespace}/pods`;
  const post = (body: unknown) => ground().wire.send('POST', path(), body);

  test('a pod gets its defaults, and is pending until its status says otherwise', async () => {
    const { wire } = ground();
    const { body } = await good(post({ ...pod('plain'), status: { phase: 'Running' } }));
    expect(body.spec).toMatchObject({
      restartPolicy: 'Always',
      containers: [
        { name: 'app', imagePullPolicy: 'IfNotPresent', ports: [{ containerPort: 80, protocol: 'TCP' }] },
      ],
    });
    expect(body.status).toMatchObject({ phase: 'Pending' });
    const status = { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] };
    const running = await good(wire.mergePatch(`${path()}/plain/status`, { status }));
    expect(running.body.status).toMatchObject(status);
    expect(running.body.metadata.generation).toBe(1);
    expect(refusalOf(await post(pod('empty', {})))).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['spec.containers FieldValueRequired'],
    });
  });

  test('a strategic merge patch joins lists by their key', async () => {
    const { wire } = ground();
    await good(post(pod('joined')));
    const image = await good(
      wire.send(
        'PATCH',
        `${path()}/joined`,
        { spec: { containers: [{ name: 'app', image: 'app:2' }] } },
        STRATEGIC,
      ),
    );
    expect(image.body.spec['containers']).toMatchObject([
      { name: 'app', image: 'app:2', ports: [{ containerPort: 80 }] },
    ]);
    const patch = (type: string) =>
      wire.send(
        'PATCH',
        `${path()}/joined/status`,
        { status: { conditions: [{ type, status: 'True' }] } },
        STRATEGIC,
      );
    await good(patch('Ready'));
    const { body } = await good(patch('Other'));
    const { conditions } = body.status as { conditions: { type: string }[] };
    expect(conditions.map(({ type }) => type).toSorted()).toEqual(['Other', 'Ready']);
    expect(refusalOf(await wire.mergePatch(`${path()}/joined`, { spec: { hostname: 'x' } }))).toEqual({
      status: 422,
      reason: 'Invalid',
      causes: ['spec FieldValueForbidden'],
    });
  });

  test('a pod without a node goes at once, one with a node only when its time is up', async () => {
    const { wire } = ground();
    await good(post(pod('idle')));
    const stream = await wire.watch(`${path()}?watch=1&fieldSelector=metadata.name%3Didle`);
    expect((await good(wire.send('DELETE', `${path()}/idle`))).body.kind).toBe('Pod');
    const events = await stream.atLeast(3);
    stream.close();
    expect(events.map(({ type, object }) => [type, object.metadata.deletionTimestamp !== undefined])).toEqual(
      [
        ['ADDED', false],
        ['MODIFIED', true],
        ['DELETED', true],
      ],
    );
    await good(post(pod('placed', { ...SPEC, nodeName: 'node' })));
    const ending = await good(wire.send('DELETE', `${path()}/placed`));
    expect(ending.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect((await wire.send('GET', `${path()}/placed`)).status).toBe(200);
    await good(wire.send('DELETE', `${path()}/placed?gracePeriodSeconds=0`));
    expect((await wire.send('GET', `${path()}/placed`)).status).toBe(404);
  });
};

function pod(name: string, spec: unknown = SPEC) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}
