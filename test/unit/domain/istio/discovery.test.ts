// Which namespaces istiod looks at, by the discoverySelectors of MeshConfig.
import { describe, expect, test } from 'vitest';
import { isDiscovered } from '../../../../src/domain/istio/discovery.ts';
import { parseMeshConfig } from '../../../../src/domain/kinds/mesh-config.ts';
import { parseNamespace } from '../../../../src/domain/kinds/namespace.ts';

const meshWith = (...texts: readonly string[]) => ({
  configs: texts.flatMap(
    (mesh, index) =>
      parseMeshConfig({ metadata: { name: `istio-${index}`, namespace: 'istio-system' }, data: { mesh } }) ??
      [],
  ),
  istiods: [],
});

const PROD = 'discoverySelectors: [{ matchLabels: { env: prod } }]';

describe('a namespace with labels', () => {
  test.each([
    ['without selectors', '', {}, true],
    ['with a label that a selector wants', PROD, { env: 'prod' }, true],
    ['with another value of it', PROD, { env: 'test' }, false],
    [
      'with one of two selectors',
      'discoverySelectors: [{matchLabels: {a: b}}, {matchLabels: {env: prod}}]',
      { env: 'prod' },
      true,
    ],
    ['with an empty selector', 'discoverySelectors: [{}]', {}, true],
    [
      'with a label among the values',
      'discoverySelectors: [{matchExpressions: [{key: env, operator: In, values: [a, b]}]}]',
      { env: 'b' },
      true,
    ],
    [
      'with a label not among the values',
      'discoverySelectors: [{matchExpressions: [{key: env, operator: NotIn, values: [a]}]}]',
      { env: 'a' },
      false,
    ],
    [
      'without the label of NotIn',
      'discoverySelectors: [{matchExpressions: [{key: env, operator: NotIn, values: [a]}]}]',
      {},
      true,
    ],
    [
      'without a label that must exist',
      'discoverySelectors: [{matchExpressions: [{key: env, operator: Exists}]}]',
      {},
      false,
    ],
    [
      'with a label that must not exist',
      'discoverySelectors: [{matchExpressions: [{key: env, operator: DoesNotExist}]}]',
      { env: '' },
      false,
    ],
    [
      'with one selector of two invalid, which istiod then ignores',
      'discoverySelectors: [{matchLabels: {a: b}}, {matchExpressions: [{key: env, operator: Equals}]}]',
      {},
      true,
    ],
    [
      'with In without values, which is invalid',
      'discoverySelectors: [{matchExpressions: [{key: env, operator: In}]}]',
      {},
      true,
    ],
  ])('%s', (_what, mesh, labels, expected) => {
    expect(isDiscovered(labels, meshWith(mesh))).toBe(expected);
  });

  test('is discovered if one revision of the mesh discovers it', () => {
    expect(isDiscovered({}, meshWith(PROD, ''))).toBe(true);
    expect(isDiscovered({}, meshWith(PROD, PROD))).toBe(false);
  });

  test('is discovered where its labels or the MeshConfig are not known', () => {
    expect(isDiscovered(undefined, meshWith(PROD))).toBe(true);
    expect(isDiscovered({}, meshWith())).toBe(true);
  });

  test('has the label of its name, which the API server adds', () => {
    const selector = 'discoverySelectors: [{ matchLabels: { kubernetes.io/metadata.name: shop } }]';
    const shop = parseNamespace({ metadata: { name: 'shop' } });
    expect(isDiscovered(shop?.labels, meshWith(selector))).toBe(true);
    expect(isDiscovered(parseNamespace({ metadata: { name: 'pay' } })?.labels, meshWith(selector))).toBe(
      false,
    );
  });
});
