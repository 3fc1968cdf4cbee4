// All that is reported about foreign configuration: here the EnvoyFilters; VirtualServices and DestinationRules have their own tests.
import { describe, expect, test } from 'vitest';
import { envoyFilter, service } from '../../../support/cluster-objects.ts';
import { compiled } from '../../../support/compiler.ts';

const intent = (mode: string) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    mode,
    workloadSelector: { matchLabels: { app: 'web' } },
    allow: [{ service: { name: 'api', namespace: 'pay' } }],
  },
});
const patches = (context: string) => ({ configPatches: [{ match: { context } }] });

const reported = (filter: object, mode = 'Enforce') =>
  compiled([service('pay/api', { http: 80 }), intent(mode), filter], 'shop').compilation.diagnostics;

describe('an EnvoyFilter is reported to each intent of the scope', () => {
  test.each([
    ['if it patches outbound traffic', envoyFilter('shop/filter', patches('SIDECAR_OUTBOUND'))],
    ['if it patches any traffic', envoyFilter('shop/filter', patches('ANY'))],
    [
      'if it selects pods of the scope',
      envoyFilter('shop/filter', { ...patches('ANY'), workloadSelector: { labels: { app: 'web' } } }),
    ],
  ])('%s', (_title, filter) => {
    expect(reported(filter)).toEqual([
      { code: 'EnvoyFilterPresent', intent: 'web', envoyFilter: 'shop/filter' },
    ]);
  });

  test('if it is in a root namespace', () => {
    expect(reported(envoyFilter('istio-system/filter', patches('ANY')))).toMatchObject([
      { envoyFilter: 'istio-system/filter' },
    ]);
  });
});

describe('an EnvoyFilter is not reported', () => {
  test.each([
    ['if it patches inbound traffic', envoyFilter('shop/filter', patches('SIDECAR_INBOUND'))],
    [
      'if it is for gateways',
      envoyFilter('shop/filter', { ...patches('ANY'), targetRefs: [{ name: 'gateway' }] }),
    ],
    [
      'if it selects other pods',
      envoyFilter('shop/filter', { ...patches('ANY'), workloadSelector: { labels: { app: 'api' } } }),
    ],
    ['if it is in another namespace', envoyFilter('pay/filter', patches('ANY'))],
  ])('%s', (_title, filter) => {
    expect(reported(filter)).toEqual([]);
  });

  test('if no intent restricts the pods', () => {
    expect(reported(envoyFilter('shop/filter', patches('ANY')), 'Audit')).toEqual([]);
  });
});
