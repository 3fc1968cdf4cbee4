// `serviceEntryVisibility` of MeshConfig: how far the ServiceEntries of a namespace reach, and who sees them.
import { describe, expect, test } from 'vitest';
import { isEntryExportedTo } from '../../../../src/domain/istio/visibility.ts';
import { parseMeshConfig } from '../../../../src/domain/kinds/mesh-config.ts';
import { reachOfEntries } from '../../../../src/domain/kinds/service-entry-visibility.ts';

const configOf = (visibility: unknown) => {
  const mesh = JSON.stringify({ serviceEntryVisibility: visibility });
  const config = parseMeshConfig({ metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh } });
  if (config === undefined) throw new Error('unreadable');
  return config;
};
const APPLIED = { applyToSidecars: true };
const policy = (visibility: string, ...namespaceSelectors: readonly unknown[]) => ({
  visibility,
  matchingRules: namespaceSelectors.map((namespaceSelector) => ({ namespaceSelector })),
});

describe('the ServiceEntries of a namespace with the label team=a reach', () => {
  test.each([
    ['everywhere without the field', undefined, 'everywhere'],
    ['everywhere with null', null, 'everywhere'],
    ['everywhere without applyToSidecars', { defaultVisibility: 'NONE' }, 'everywhere'],
    ['as far as the default says', { ...APPLIED, defaultVisibility: 'NAMESPACE' }, 'own-namespace'],
    ['nowhere by the number of the default', { ...APPLIED, defaultVisibility: 1 }, 'nowhere'],
    [
      'everywhere by a default that is not specified',
      { ...APPLIED, defaultVisibility: 'VISIBILITY_UNSPECIFIED' },
      'everywhere',
    ],
    [
      'as far as the first policy that matches says',
      {
        ...APPLIED,
        policies: [
          policy('NONE', { matchLabels: { team: 'b' } }),
          policy('NAMESPACE', { matchLabels: { team: 'a' } }),
          policy('NONE'),
        ],
      },
      'own-namespace',
    ],
    ['as far as a policy without rules says', { ...APPLIED, policies: [policy('NONE')] }, 'nowhere'],
    [
      'by no policy of which one rule does not match',
      { ...APPLIED, policies: [policy('NONE', {}, { matchLabels: { team: 'b' } })] },
      'everywhere',
    ],
    [
      'by no policy with a rule that has no matcher',
      { ...APPLIED, policies: [{ visibility: 'NONE', matchingRules: [{}] }] },
      'everywhere',
    ],
    [
      'by no policy with a selector that is not valid',
      { ...APPLIED, policies: [policy('NONE', { matchExpressions: [{ key: 'a', operator: 'Equals' }] })] },
      'everywhere',
    ],
    [
      'by an expression',
      {
        ...APPLIED,
        policies: [policy('NONE', { matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] })],
      },
      'nowhere',
    ],
  ])('%s', (_what, visibility, expected) => {
    expect(reachOfEntries(configOf(visibility).serviceEntryVisibility, { team: 'a' })).toBe(expected);
  });

  test('everywhere where the labels of the namespace are not known', () => {
    const { serviceEntryVisibility } = configOf({ ...APPLIED, defaultVisibility: 'NONE' });
    expect(reachOfEntries(serviceEntryVisibility, undefined)).toBe('everywhere');
  });
});

/** The namespaces that see a ServiceEntry of `pay`. */
const seenFrom = (exportTo: readonly string[], ...visibilities: readonly string[]) => {
  const configs = visibilities.map((defaultVisibility) => configOf({ ...APPLIED, defaultVisibility }));
  return ['pay', 'shop'].filter((to) =>
    isEntryExportedTo({ namespace: 'pay', exportTo }, to, { configs, istiods: [] }, {}),
  );
};

describe('a ServiceEntry of namespace pay', () => {
  test.each([
    [[], ['PUBLIC'], ['pay', 'shop']],
    [[], ['NAMESPACE'], ['pay']],
    [['*'], ['NAMESPACE'], ['pay']],
    [['.'], ['NAMESPACE'], ['pay']],
    [['pay'], ['NAMESPACE'], ['pay']],
    [['shop'], ['NAMESPACE'], []],
    [['shop'], ['PUBLIC'], ['shop']],
    [['~'], ['PUBLIC'], []],
    [['*'], ['NONE'], []],
    [['*'], ['NONE', 'NAMESPACE'], ['pay']],
    [['*'], [], ['pay', 'shop']],
  ])('exported to %j under %j is seen from %j', (exportTo, visibilities, expected) => {
    expect(seenFrom(exportTo, ...visibilities)).toEqual(expected);
  });
});
