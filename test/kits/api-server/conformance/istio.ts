// Istio's Sidecar and ServiceEntry, as the controller writes them.
import { expect, test } from 'vitest';
import { good, ownersOf, refusalOf, type Part } from './suite.ts';

const SIDECAR = { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar' };
const ENTRY = { apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry' };

export const istio: Part = (ground) => {
  const path = (plural: string, version = 'v1') =>
    `/apis/networking.istio.io/${version}/namespaces/${ground().namespace}/${plural}`;

  test('an applied Sidecar owns its egress as a whole, and counts generations', async () => {
    const { wire } = ground();
    const file = `${path('sidecars')}/web`;
    const created = await wire.apply(file, sidecar('web', ['istio-system/*']));
    expect(created.status).toBe(201);
    expect(created.body.spec).toEqual(sidecar('web', ['istio-system/*']).spec);
    expect(ownersOf(created)[0]?.fields).toEqual({
      'f:spec': {
        'f:egress': {},
        'f:outboundTrafficPolicy': { 'f:mode': {} },
        'f:workloadSelector': { 'f:labels': { 'f:app': {} } },
      },
    });
    const fought = await wire.apply(file, sidecar('web', ['other/*']), { manager: 'two' });
    expect(fought.body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.egress');
    const changed = await good(wire.apply(file, sidecar('web', ['other/*'])));
    expect(changed.body.metadata.generation).toBe(2);
    const status = { ...SIDECAR, metadata: { name: 'web' }, status: { observedGeneration: 2 } };
    const observed = await good(wire.apply(`${file}/status`, status, { manager: 'istiod' }));
    expect(observed.body.metadata.generation).toBe(2);
  });

  test('a Sidecar is the same object in each version', async () => {
    const { wire } = ground();
    await good(wire.apply(`${path('sidecars')}/old`, sidecar('old', ['./*'])));
    for (const version of ['v1alpha3', 'v1beta1'])
      expect((await good(wire.send('GET', `${path('sidecars', version)}/old`))).body).toMatchObject({
        apiVersion: `networking.istio.io/${version}`,
        spec: { egress: [{ hosts: ['./*'] }] },
      });
  });

  test('what Istio does not know is refused to an apply, and pruned from a creation', async () => {
    const { wire } = ground();
    const { spec } = sidecar('odd', ['./*']);
    const odd = { ...SIDECAR, metadata: { name: 'odd' }, spec: { ...spec, odd: 1 } };
    expect((await wire.apply(`${path('sidecars')}/odd`, odd)).body.message).toContain(
      '.spec.odd: field not declared',
    );
    expect((await good(wire.send('POST', path('sidecars'), odd))).body.spec).toEqual(spec);
    const mode = { ...odd, spec: { outboundTrafficPolicy: { mode: 'ANYTHING' } } };
    expect(refusalOf(await wire.apply(`${path('sidecars')}/odd`, mode, { force: true }))).toMatchObject({
      status: 422,
      reason: 'Invalid',
    });
  });

  test('the ports of a ServiceEntry are joined by their name', async () => {
    const { wire } = ground();
    const spec = { hosts: ['example.com'], resolution: 'DNS', location: 'MESH_EXTERNAL' };
    const file = `${path('serviceentries')}/example`;
    await good(wire.apply(file, entry('example', { ...spec, ports: [portOf(443, 'tls')] })));
    const { body } = await good(
      wire.apply(file, entry('example', { ...spec, ports: [portOf(8443, 'other')] }), { manager: 'two' }),
    );
    expect(body.spec).toEqual({ ...spec, ports: [portOf(443, 'tls'), portOf(8443, 'other')] });
  });

  test('a ServiceEntry without hosts, or with a port that is none, is refused', async () => {
    const { wire } = ground();
    const post = async (spec: Readonly<Record<string, unknown>>) =>
      refusalOf(await wire.send('POST', path('serviceentries'), entry('bad', spec)));
    expect(await post({ resolution: 'NONE' })).toMatchObject({
      status: 422,
      causes: expect.arrayContaining(['spec.hosts FieldValueRequired']) as unknown,
    });
    const port = { number: '443', name: 'tls', protocol: 'TLS' };
    expect(await post({ hosts: ['example.com'], ports: [port] })).toMatchObject({
      status: 422,
      causes: expect.arrayContaining(['spec.ports[0].number FieldValueTypeInvalid']) as unknown,
    });
    expect(await post({ hosts: ['example.com'], resolution: 'MAGIC' })).toMatchObject({
      status: 422,
      causes: expect.arrayContaining(['spec.resolution FieldValueNotSupported']) as unknown,
    });
  });
};

function sidecar(name: string, hosts: readonly string[]) {
  return {
    ...SIDECAR,
    metadata: { name },
    spec: {
      workloadSelector: { labels: { app: 'web' } },
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      egress: [{ hosts }],
    },
  };
}

function entry(name: string, spec: Readonly<Record<string, unknown>>) {
  return { ...ENTRY, metadata: { name }, spec };
}

function portOf(number: number, name: string) {
  return { number, name, protocol: 'TLS' };
}
