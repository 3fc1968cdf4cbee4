// Services: their addresses and their ports.
import { expect, test } from 'vitest';
import { good, refusalOf, type Part } from './suite.ts';

export const services: Part = (ground) => {
  const path = () => `/api/v1/namespaces/${ground().namespace}/services`;
  const post = (body: unknown) => ground().wire.send('POST', path(), body);

  test('a service gets an address of its own, and keeps it', async () => {
    const { wire } = ground();
    const { body } = await good(post(service('one', { ports: [{ port: 80 }], selector: { app: 'x' } })));
    const { clusterIP } = body.spec as { clusterIP: string };
    expect(clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(body.spec).toEqual({
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      selector: { app: 'x' },
      sessionAffinity: 'None',
      type: 'ClusterIP',
    });
    const other = await good(post(service('two', { ports: [{ port: 80 }] })));
    expect(other.body.spec['clusterIP']).not.toBe(clusterIP);
    const replaced = await good(wire.send('PUT', `${path()}/one`, service('one', { ports: [{ port: 81 }] })));
    expect(replaced.body.spec).toMatchObject({ clusterIP, ports: [{ port: 81, targetPort: 81 }] });
    const moved = await wire.mergePatch(`${path()}/one`, { spec: { clusterIP: '10.96.250.250' } });
    expect(refusalOf(moved)).toMatchObject({ status: 422, reason: 'Invalid' });
  });

  test('a service may be headless, of an outside name, or at an address it asks for', async () => {
    const ports = [{ port: 80 }];
    const headless = await good(
      post(service('headless', { clusterIP: 'None', ports, selector: { a: 'b' } })),
    );
    expect(headless.body.spec).toMatchObject({
      clusterIP: 'None',
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
    });
    const alias = { type: 'ExternalName', externalName: 'example.com' };
    const named = await good(post(service('alias', alias)));
    expect(named.body.spec).toEqual({ ...alias, sessionAffinity: 'None' });
    await good(post(service('asked', { clusterIP: '10.96.0.77', ports })));
    const causes = async (spec: unknown) => refusalOf(await post(service('refused', spec))).causes;
    expect(await causes({ clusterIP: '10.96.0.77', ports })).toEqual(['spec.clusterIPs FieldValueInvalid']);
    expect(await causes({ clusterIP: '11.96.0.77', ports })).toEqual(['spec.clusterIPs FieldValueInvalid']);
    expect(await causes({})).toEqual(['spec.ports FieldValueRequired']);
    expect(await causes({ ports: [{ port: 80 }, { port: 81 }] })).toEqual([
      'spec.ports[0].name FieldValueRequired',
      'spec.ports[1].name FieldValueRequired',
    ]);
  });

  test('ports of a service are joined by number and protocol when they are applied', async () => {
    const { wire } = ground();
    const apply = (manager: string, port: number) =>
      good(
        wire.apply(`${path()}/joined`, service('joined', { ports: [{ port, name: `p${port}` }] }), {
          manager,
        }),
      );
    await apply('one', 80);
    const { body } = await apply('two', 81);
    expect(body.spec['ports']).toEqual([
      { name: 'p80', port: 80, protocol: 'TCP', targetPort: 80 },
      { name: 'p81', port: 81, protocol: 'TCP', targetPort: 81 },
    ]);
  });
};

function service(name: string, spec: unknown) {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}
