// Which namespaces a change of an object wakes, by the rows of the table of kinds.
import { describe, expect, test } from 'vitest';
import type { Affected } from '../../../src/cluster/kind.ts';
import { KINDS } from '../../../src/cluster/kinds.ts';
import { parseIntent } from '../../../src/domain/egress-intent/intent.ts';
import { parseMeshConfig } from '../../../src/domain/kinds/mesh-config.ts';
import { parseServiceEntry } from '../../../src/domain/kinds/service-entry.ts';
import { parseService } from '../../../src/domain/kinds/service.ts';
import { parseSidecar } from '../../../src/domain/kinds/sidecar.ts';
import { createLookupIndex, namespacesToReconcile } from '../../../src/controller/route.ts';

const index = createLookupIndex();
index.remember('red', ['Service/blue/api', 'Namespace/green', 'IstioConfig/green', 'Mesh']);
index.remember('shop', ['Service/blue/api', 'ServiceEntry/entries/api.example.com', 'Mesh']);

const woken = (affected: Affected): readonly string[] =>
  [...namespacesToReconcile(affected, index.dependents)].toSorted();

const mesh = parseMeshConfig({ metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh: '' } });

const service = (name: string) => {
  const parsed = parseService({ metadata: { name, namespace: 'blue' }, spec: {} });
  if (parsed === undefined) throw new Error('not a Service');
  return parsed;
};

describe('a change wakes', () => {
  test('the namespace of a Sidecar', () => {
    const sidecar = parseSidecar({ metadata: { name: 'default', namespace: 'red' } });
    expect(sidecar && woken(KINDS.Sidecar.affects(sidecar))).toEqual(['red']);
  });

  test('the namespace of an EgressIntent', () => {
    const intent = parseIntent({ metadata: { name: 'app', namespace: 'red' }, spec: { allow: [] } });
    expect(intent && woken(KINDS.EgressIntent.affects(intent))).toEqual(['red']);
  });

  test('the namespace of a Pod, and for a pod of istiod every namespace', () => {
    const pod = { namespace: 'red', name: 'app', labels: {}, dataPlane: 'sidecar', bypasses: [] } as const;
    expect(woken(KINDS.Pod.affects(pod))).toEqual(['red']);
    const labels = { app: 'istiod', 'app.kubernetes.io/version': '1.30.3' };
    expect(woken(KINDS.Pod.affects({ ...pod, namespace: 'istio-system', labels }))).toEqual([
      'istio-system',
      'red',
      'shop',
    ]);
  });

  test('every namespace, for a MeshConfig', () => {
    expect(mesh && woken(KINDS.ConfigMap.affects(mesh))).toEqual(['red', 'shop']);
  });

  test('the namespaces that looked up the Istio configuration of a namespace', () => {
    const filter = { namespace: 'green', name: 'filter', selector: {}, isOutbound: true, clusterHosts: [] };
    expect(woken(KINDS.EnvoyFilter.affects(filter))).toEqual(['red']);
  });

  test('the namespaces that looked up a Service', () => {
    expect(woken(KINDS.Service.affects(service('api')))).toEqual(['red', 'shop']);
  });

  test('no namespace, for a Service that none looked up', () => {
    expect(woken(KINDS.Service.affects(service('unknown')))).toEqual([]);
  });

  test('the namespace itself, and those that looked it up', () => {
    expect(woken(KINDS.Namespace.affects({ name: 'green' }))).toEqual(['green', 'red']);
  });

  test('the namespace of a ServiceEntry, and those that looked up one of its hosts', () => {
    const hosts = ['www.example.com', 'api.example.com'];
    const entry = parseServiceEntry({ metadata: { name: 'entry', namespace: 'entries' }, spec: { hosts } });
    expect(entry && woken(KINDS.ServiceEntry.affects(entry))).toEqual(['entries', 'shop']);
  });

  test.each([
    ['*-api.example.com', '*.example.com'],
    ['*api.example.com', '*.example.com'],
    ['*le.com', '*.com'],
  ])('the namespaces that looked up wildcards above a host, for a ServiceEntry of %s', (host, wildcard) => {
    index.remember('wild', [`ServiceEntryAnywhere/${wildcard}`]);
    const spec = { hosts: [host] };
    const entry = parseServiceEntry({ metadata: { name: 'entry', namespace: 'entries' }, spec });
    expect(entry && woken(KINDS.ServiceEntry.affects(entry))).toEqual(['entries', 'wild']);
    index.remember('wild', []);
  });
});

test.each([
  ['10.96.7.7', ['red']],
  ['11.0.0.1', []],
  ['None', []],
])('a Service at %s wakes %j, which has granted a range of 10.0.0.0/8', (clusterIP, expected) => {
  const ranges = createLookupIndex();
  ranges.remember('red', ['ClusterIps/10.0.0.0/8']);
  const found = parseService({ metadata: { name: 'api', namespace: 'blue' }, spec: { clusterIP } });
  const affected = found && namespacesToReconcile(KINDS.Service.affects(found), ranges.dependents);
  expect([...(affected ?? [])]).toEqual(expected);
});

test('a look-up that is not repeated wakes the namespace no more', () => {
  const replaced = createLookupIndex();
  replaced.remember('red', ['Namespace/green']);
  replaced.remember('red', ['Namespace/blue']);
  expect([...replaced.dependents({ kind: 'Namespace', name: 'green' })]).toEqual([]);
  expect([...replaced.dependents({ kind: 'Namespace', name: 'blue' })]).toEqual(['red']);
});
