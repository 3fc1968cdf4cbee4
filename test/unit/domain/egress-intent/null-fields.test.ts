// Null in an intent, as a kube-apiserver reads it: test/integration/validation.test.ts compares the two.
import { describe, expect, test } from 'vitest';
import { NOT_CREATED } from '../../../../src/domain/istio/sidecar-precedence.ts';
import { parseIntent, parseSpec } from '../../../../src/domain/egress-intent/intent.ts';
import { pathText } from '../../../../src/domain/problem.ts';

const problemsOf = (spec: unknown): readonly string[] => {
  const parsed = parseSpec(spec, 'red');
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${pathText(path)}: ${message}`);
};

describe('null in a spec', () => {
  const valid = { kind: 'service', namespace: 'red', name: 'api' };

  test.each([
    [{ allow: [], mode: null }, { mode: 'Enforce' }],
    [{ allow: [], workloadSelector: null }, { selector: {} }],
    [{ allow: [], workloadSelector: { matchLabels: null } }, { selector: {} }],
    [{ allow: [], workloadSelector: { matchLabels: { app: null, a: 'b' } } }, { selector: { a: 'b' } }],
    [{ allow: [{ service: { name: 'api', namespace: null } }] }, { allow: [valid] }],
    [{ allow: [{ service: { name: 'api' }, ports: null, host: null }] }, { allow: [valid] }],
    [
      { allow: [{ service: { name: 'api' }, ports: [{ port: 1, protocol: null }] }] },
      { allow: [{ ports: [1] }] },
    ],
  ])('is absent or has its default: %j', (spec, value) => {
    expect(parseSpec(spec, 'red')).toMatchObject({ ok: true, value });
  });

  test.each([
    [null, 'spec'],
    [{ allow: null }, 'spec.allow'],
    [{ allow: [null] }, 'spec.allow[0]'],
    [{ allow: [{ service: null }] }, 'spec.allow[0]'],
    [{ allow: [{ service: { name: null } }] }, 'spec.allow[0].service.name'],
    [{ allow: [{ service: { name: 'api' }, ports: [null] }] }, 'spec.allow[0].ports[0]'],
    [{ allow: [{ service: { name: 'api' }, ports: [{ port: null }] }] }, 'spec.allow[0].ports[0].port'],
    [{ allow: [], extra: null }, 'spec'],
    [{ allow: [{ service: { name: 'api' }, extra: null }] }, 'spec.allow[0]'],
  ])('is refused where a value is needed, and for a field that does not exist: %j', (spec, path) => {
    expect(problemsOf(spec).map((problem) => problem.split(': ')[0])).toEqual([path]);
  });

  test('with a field that does not exist is one problem of each field', () => {
    const problems = problemsOf({ allow: [], extra: null, more: 1, mode: 'Off' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).toMatch(/extra.*more|more.*extra/);
  });
});

test('null in the metadata of an intent is absent', () => {
  const metadata = {
    name: 'a',
    namespace: null,
    uid: null,
    generation: null,
    deletionTimestamp: null,
    creationTimestamp: null,
  };
  expect(parseIntent({ metadata, spec: { allow: [] }, status: null })).toMatchObject({
    kind: 'valid',
    namespace: 'default',
    uid: '',
    generation: 0,
    creationTimestamp: NOT_CREATED,
  });
});
