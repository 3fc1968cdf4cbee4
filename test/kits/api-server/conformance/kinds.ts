// The built-in kinds, the kinds of CustomResourceDefinitions, Istio's Sidecar and ServiceEntry, and owner references.
import { expect, test } from 'vitest';
import { eventually } from '../../../support/cluster.ts';
import { good, linesOf, namesOf, ownersOf, refusalOf, type Part } from './suite.ts';
import {
  configMap,
  DEFINITIONS,
  definitionOf,
  GROUP,
  OTHER_UID,
  ownedBy,
  widget,
  widgets,
} from './widget.ts';

type Fields = Readonly<Record<string, unknown>>;

const core = (kind: string, name: string, spec: Fields) => {
  return { apiVersion: 'v1', kind, metadata: { name }, spec };
};
const istio = (kind: string, name: string, spec: Fields) => {
  return { ...core(kind, name, spec), apiVersion: 'networking.istio.io/v1' };
};
const service = (port: unknown) => core('Service', 'merged', { ports: [port] });
const sidecar = (host: string) =>
  istio('Sidecar', 'web', {
    workloadSelector: { labels: { app: 'web' } },
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    egress: [{ hosts: [host] }],
  });
const lease = (holderIdentity: string, resourceVersion?: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'leader', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.123456Z' },
});

export const kinds: Part = (ground) => {
  const at = (api: string, plural: string) => `${api}/namespaces/${ground().namespace}/${plural}`;
  const home = (plural: string) => at('/api/v1', plural);
  const post = (path: string, body: unknown) => ground().wire.send('POST', path, body);

  test('a namespace has a label with its name', async () => {
    const { body } = await good(ground().wire.send('GET', '/api/v1/namespaces/kinds'));
    expect(body.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'kinds' });
    expect(body.status).toEqual({ phase: 'Active' });
  });

  test('pods are selected by phase and host network, also in a watch', async () => {
    const { wire } = ground();
    const pods = home('pods');
    const containers = [{ name: 'app', image: 'app:1' }];
    const apply = (name: string, spec: Fields) =>
      good(wire.apply(`${pods}/${name}`, core('Pod', name, spec)));
    await apply('plain', { containers });
    await apply('host', { containers, hostNetwork: true });
    const selected = async (selector: string) =>
      namesOf(await good(wire.send('GET', `${pods}?fieldSelector=${encodeURIComponent(selector)}`)));
    expect(await selected('spec.hostNetwork=true')).toEqual(['host']);
    expect(await selected('spec.hostNetwork!=true')).toEqual(['plain']);
    expect(await selected('status.phase=Pending')).toEqual(['host', 'plain']);
    const stream = await wire.watch(
      `${pods}?watch=1&fieldSelector=status.phase!=Succeeded,spec.hostNetwork!=true`,
    );
    await stream.atLeast(1);
    await good(wire.mergePatch(`${pods}/plain`, { metadata: { labels: { a: 'b' } } }));
    const ended = await good(wire.mergePatch(`${pods}/plain/status`, { status: { phase: 'Succeeded' } }));
    const events = await stream.atLeast(3);
    stream.close();
    expect(linesOf(events)).toEqual(['ADDED plain', 'MODIFIED plain', 'DELETED plain']);
    expect(events[2]?.object.metadata.resourceVersion).toBe(ended.body.metadata.resourceVersion);
    expect(await selected('status.phase!=Succeeded')).toEqual(['host']);
    expect(refusalOf(await post(pods, core('Pod', 'empty', {})))).toMatchObject({
      status: 422,
      causes: ['spec.containers FieldValueRequired'],
    });
  });

  test('the ports of a service are merged by number and protocol', async () => {
    const path = `${home('services')}/merged`;
    const [first, second] = [80, 81].map((port) => ({ name: `p${port}`, port }));
    await good(ground().wire.apply(path, service(first)));
    const { body } = await good(ground().wire.apply(path, service(second), { manager: 'two' }));
    const protocol = 'TCP';
    expect(body.spec).toMatchObject({
      type: 'ClusterIP',
      ports: [
        { ...first, protocol },
        { ...second, protocol },
      ],
    });
  });

  test('a PUT creates a lease, and renews it or gives it back only with the version that it read', async () => {
    const path = at('/apis/coordination.k8s.io/v1', 'leases');
    const put = (body: unknown) => ground().wire.send('PUT', `${path}/leader`, body);
    const created = await good(put(lease('me')));
    expect(created.status).toBe(201);
    const { resourceVersion } = created.body.metadata;
    expect(refusalOf(await put(lease('you')))).toMatchObject({ status: 422 });
    const renewed = await good(put(lease('you', resourceVersion)));
    expect(renewed.body.spec).toMatchObject({ holderIdentity: 'you' });
    const { resourceVersion: next } = renewed.body.metadata;
    expect(refusalOf(await put(lease('me', resourceVersion)))).toEqual({ status: 409, reason: 'Conflict' });
    expect((await good(put(lease('', next)))).body.spec).toMatchObject({ holderIdentity: '' });
    const selected = await good(ground().wire.send('GET', `${path}?fieldSelector=metadata.name%3Dleader`));
    expect(namesOf(selected)).toEqual(['leader']);
  });

  test('an event of events.k8s.io names its time, its reason and its reporter', async () => {
    const path = at('/apis/events.k8s.io/v1', 'events');
    const required = {
      eventTime: '2026-01-01T00:00:00.123456Z',
      type: 'Normal',
      reason: 'Tested',
      action: 'Test',
      reportingController: 'conformance.egressintent.io/suite',
      reportingInstance: 'suite-1',
    };
    const regarding = { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: ground().namespace };
    const event = { metadata: { name: 'reported' }, ...required, note: 'hello', regarding };
    expect((await good(post(path, event))).body).toMatchObject(event);
    const incomplete = { ...event, metadata: { name: 'incomplete' }, action: undefined };
    const refused = { status: 422, causes: ['action FieldValueRequired'] };
    expect(refusalOf(await post(path, incomplete))).toMatchObject(refused);
  });

  test('a definition is named after its kind, and established with default names', async () => {
    const file = `${DEFINITIONS}/widgets.${GROUP}`;
    const { body } = await good(ground().wire.send('GET', file));
    const names = { plural: 'widgets', kind: 'Widget', singular: 'widget', listKind: 'WidgetList' };
    expect(body.status).toMatchObject({ acceptedNames: names, storedVersions: ['v1'] });
    const misnamed = { ...definitionOf('Gizmo'), metadata: { name: `other.${GROUP}` } };
    const refused = { status: 422, causes: expect.arrayContaining(['metadata.name FieldValueInvalid']) };
    expect(refusalOf(await post(DEFINITIONS, misnamed))).toMatchObject(refused);
  });

  test('a Sidecar owns its egress as a whole', async () => {
    const { wire } = ground();
    const path = `${at('/apis/networking.istio.io/v1', 'sidecars')}/web`;
    const created = await good(wire.apply(path, sidecar('istio-system/*')));
    expect(created.body.spec).toEqual(sidecar('istio-system/*').spec);
    expect(ownersOf(created)[0]?.fields).toEqual({
      'f:spec': {
        'f:egress': {},
        'f:outboundTrafficPolicy': { 'f:mode': {} },
        'f:workloadSelector': { 'f:labels': { 'f:app': {} } },
      },
    });
    const fought = await wire.apply(path, sidecar('other/*'), { manager: 'two' });
    expect(fought.body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.egress');
    expect((await good(wire.apply(path, sidecar('other/*')))).body.metadata.generation).toBe(2);
    const odd = { ...sidecar('./*'), spec: { odd: 1 } };
    expect((await wire.apply(path, odd)).body.message).toContain('.spec.odd: field not declared');
  });

  test('the ports of a ServiceEntry are merged by their name, and its fields are checked', async () => {
    const { wire } = ground();
    const path = at('/apis/networking.istio.io/v1', 'serviceentries');
    const spec = { hosts: ['example.com'], resolution: 'DNS', location: 'MESH_EXTERNAL' };
    const [tls, other] = ['tls', 'other'].map((name, index) => ({
      number: 443 + index,
      name,
      protocol: 'TLS',
    }));
    const entry = (port: unknown) => istio('ServiceEntry', 'example', { ...spec, ports: [port] });
    await good(wire.apply(`${path}/example`, entry(tls)));
    const { body } = await good(wire.apply(`${path}/example`, entry(other), { manager: 'two' }));
    expect(body.spec).toEqual({ ...spec, ports: [tls, other] });
    const causes = async (bad: Fields) =>
      refusalOf(await post(path, istio('ServiceEntry', 'bad', bad))).causes;
    expect(await causes({ resolution: 'NONE' })).toContain('spec.hosts FieldValueRequired');
    expect(await causes({ ...spec, resolution: 'MAGIC' })).toContain(
      'spec.resolution FieldValueNotSupported',
    );
  });

  test('an object is deleted with the last of its owners, or when it names an owner that does not exist', async () => {
    const { wire, namespace } = ground();
    const maps = home('configmaps');
    const own = async (name: string) => ownedBy((await good(post(widgets(namespace), widget(name)))).body);
    const map = (name: string, ...ownerReferences: readonly unknown[]) =>
      good(post(maps, configMap(name, { ownerReferences })));
    const until = (expected: Readonly<Record<string, unknown>>) =>
      eventually(
        async () => {
          const { items } = (await good(wire.send('GET', maps))).body;
          const found = items.map(({ metadata }) => [metadata.name, metadata.ownerReferences ?? []]);
          expect(Object.fromEntries(found)).toMatchObject(expected);
          expect(found).toHaveLength(Object.keys(expected).length);
        },
        { withinMs: 40_000, everyMs: 50 },
      );
    const [first, second] = [await own('first'), await own('second')];
    await map('single', first);
    await map('double', first, second);
    await map('stale', { ...first, uid: OTHER_UID });
    await map('free');
    await good(wire.send('DELETE', `${widgets(namespace)}/first`));
    await until({ double: [second], free: [] });
    await good(wire.send('DELETE', `${widgets(namespace)}/second`));
    await until({ free: [] });
  }, 90_000);
};
