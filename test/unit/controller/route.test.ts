import { describe, expect, test } from 'vitest';
import { createLookupIndex, namespacesToReconcile } from '../../../src/controller/route.ts';

const memory = createLookupIndex();
memory.remember('red', [
  { kind: 'Service', namespace: 'blue', name: 'api' },
  { kind: 'Namespace', name: 'green' },
  { kind: 'Configuration', namespace: 'green' },
  { kind: 'Mesh' },
]);
memory.remember('shop', [
  { kind: 'Service', namespace: 'blue', name: 'api' },
  { kind: 'ServiceEntry', namespace: 'entries', host: 'api.example.com' },
  { kind: 'Mesh' },
]);

const woken = (touched: Parameters<typeof namespacesToReconcile>[0]): readonly string[] =>
  [...namespacesToReconcile(touched, memory.dependents)].toSorted();

describe('a change wakes', () => {
  test.each(['EgressIntent', 'Sidecar'] as const)('the namespace that a %s is in', (kind) => {
    expect(woken({ kind, object: { namespace: 'red' } })).toEqual(['red']);
  });

  test('of a Pod, its namespace, and everybody if it is an istiod', () => {
    const pod = { namespace: 'red', name: 'app', labels: {}, dataPlane: 'sidecar' } as const;
    expect(woken({ kind: 'Pod', object: pod })).toEqual(['red']);
    const labels = { app: 'istiod', 'app.kubernetes.io/version': '1.30.3' };
    expect(woken({ kind: 'Pod', object: { ...pod, namespace: 'istio-system', labels } })).toEqual([
      'istio-system',
      'red',
      'shop',
    ]);
  });

  test('of the mesh, everybody', () => {
    expect(woken({ kind: 'Mesh' })).toEqual(['red', 'shop']);
  });

  test("of Istio's configuration of a namespace, those that asked for it", () => {
    expect(woken({ kind: 'Configuration', object: { namespace: 'green' } })).toEqual(['red']);
  });

  test('of a Service, every namespace that asked for it', () => {
    expect(woken({ kind: 'Service', object: { namespace: 'blue', name: 'api' } })).toEqual(['red', 'shop']);
  });

  test('of a Service that nobody asked for, nobody', () => {
    expect(woken({ kind: 'Service', object: { namespace: 'blue', name: 'other' } })).toEqual([]);
  });

  test('of a Namespace, those that named it', () => {
    expect(woken({ kind: 'Namespace', object: { name: 'green' } })).toEqual(['red']);
  });

  test('of a ServiceEntry, its own namespace and those that asked for one of its hosts', () => {
    const object = { namespace: 'entries', hosts: ['other.example.com', 'api.example.com'] };
    expect(woken({ kind: 'ServiceEntry', object })).toEqual(['entries', 'shop']);
  });
});

test('a namespace that no longer asks is no longer woken', () => {
  const forgetful = createLookupIndex();
  forgetful.remember('red', [{ kind: 'Namespace', name: 'green' }]);
  forgetful.remember('red', [{ kind: 'Namespace', name: 'blue' }]);
  expect([...forgetful.dependents({ kind: 'Namespace', name: 'green' })]).toEqual([]);
  expect([...forgetful.dependents({ kind: 'Namespace', name: 'blue' })]).toEqual(['red']);
});
