// What is kept of an object that cannot be read.
import { describe, expect, test } from 'vitest';
import { KINDS, WATCHED_KINDS } from '../../../src/cluster/kinds.ts';
import { readObject } from '../../../src/cluster/read-object.ts';

const service = (port: unknown) => ({
  metadata: { name: 'api', namespace: 'pay' },
  spec: { ports: [{ port }] },
});
const mesh = (text: string) => ({
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh: text },
});

test.each(WATCHED_KINDS)('%s: what cannot be read at all is said, and not made up', (kind) => {
  const raw = { metadata: { name: ['a'] } };
  const { parse } = KINDS[kind];
  expect(parse(raw)).toBeUndefined();
  expect(parse.problemsOf(raw).length > 0).toBe(kind !== 'ConfigMap'); // one without the name of istiod's is nobody's
});

test('the last readable version stays', () => {
  const first = readObject(KINDS.Service, service(80), undefined);
  expect(first).toMatchObject({ value: { ports: [{ number: 80 }] }, problems: [] });
  const second = readObject(KINDS.Service, service('80'), first.value);
  expect(second.value).toBe(first.value);
  expect(second.problems).toEqual([
    { path: ['spec', 'ports', 0, 'port'], message: 'must be of type number, not string' },
  ]);
});

test('an object that is left out on purpose is gone, whatever was known', () => {
  const deleting = {
    metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' },
    spec: { allow: [] },
  };
  const known = KINDS.EgressIntent.parse({ metadata: { name: 'a' }, spec: { allow: [] } });
  expect(readObject(KINDS.EgressIntent, deleting, known)).toEqual({ value: undefined, problems: [] });
});

describe('a MeshConfig that cannot be read', () => {
  const good = readObject(KINDS.ConfigMap, mesh('rootNamespace: root'), undefined).value;
  const broken = readObject(KINDS.ConfigMap, mesh('rootNamespace: [a]'), good).value;

  test('counts as it was, and says so', () => {
    expect(broken).toEqual({
      ...good,
      unreadable: { problem: 'data.mesh.rootNamespace: must be of type string, not array', isKnown: true },
      possibleRootNamespaces: ['a'],
    });
    expect(readObject(KINDS.ConfigMap, mesh('a: ['), broken).value).toMatchObject({
      rootNamespace: 'root',
      unreadable: { problem: expect.stringContaining('is not YAML'), isKnown: true },
    });
  });

  test('counts as the defaults of Istio where nothing was known, and goes on to say so', () => {
    const first = readObject(KINDS.ConfigMap, mesh('rootNamespace: [a]'), undefined).value;
    expect(first).toMatchObject({
      name: 'istio',
      rootNamespace: 'istio-system',
      unreadable: { isKnown: false },
    });
    expect(readObject(KINDS.ConfigMap, mesh('a: ['), first).value).toMatchObject({
      unreadable: { isKnown: false },
    });
  });

  test('is forgotten once it can be read', () => {
    expect(readObject(KINDS.ConfigMap, mesh('rootNamespace: root'), broken)).toEqual({
      value: good,
      problems: [],
    });
  });
});
