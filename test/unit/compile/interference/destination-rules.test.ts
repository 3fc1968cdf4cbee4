// DestinationRules with PASSTHROUGH for a granted host.
import { describe, expect, test } from 'vitest';
import { destinationRuleInterference } from '../../../../src/compile/interference/destination-rules.ts';
import { createServiceRegistry } from '../../../../src/compile/mesh/service-registry.ts';
import { scopesOf } from '../../../../src/compile/scopes.ts';
import {
  destinationRule,
  headless,
  meshConfig,
  PASSTHROUGH,
  service,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { destination, intent } from '../../../support/registered-hosts.ts';

const API = 'pay/api.pay.svc.cluster.local';

/** The rules that are reported for pods with label `app: web`, each with the host. */
function reported(
  objects: readonly ClusterObject[],
  destinations = [destination(API)],
  egress: readonly string[] = [],
) {
  const [scope] = scopesOf([intent('web')], []);
  if (scope === undefined) throw new Error('an intent without a scope');
  const snapshot = snapshotOf(objects);
  const view = { snapshot, registry: createServiceRegistry(snapshot, []) };
  return destinationRuleInterference(scope, destinations, [{ hosts: egress }], view).map(
    ({ host, diagnostic }) =>
      `${diagnostic.code === 'DestinationRulePassthrough' ? diagnostic.destinationRule : ''} for ${host}`,
  );
}

const HTTP_API = service('pay/api', { http: 80 });
const passthrough = (name: string, spec: object = {}) =>
  destinationRule(name, { host: 'api.pay.svc.cluster.local', ...PASSTHROUGH, ...spec });

describe('a rule is reported', () => {
  test.each([
    ['if it is for the host', passthrough('pay/rule'), 'pay/rule'],
    ['if it is for the short name of the host', passthrough('pay/rule', { host: 'api' }), 'pay/rule'],
    [
      'if it is for a wildcard above the host',
      passthrough('pay/rule', { host: '*.cluster.local' }),
      'pay/rule',
    ],
    ['in the namespace of the pods', passthrough('shop/rule'), 'shop/rule'],
    ['in a root namespace', passthrough('istio-system/rule'), 'istio-system/rule'],
    [
      'if only a subset has PASSTHROUGH',
      passthrough('pay/rule', { trafficPolicy: {}, subsets: [{ name: 'v1', ...PASSTHROUGH }] }),
      'pay/rule',
    ],
    [
      'if the port of the host has PASSTHROUGH',
      passthrough('pay/rule', {
        trafficPolicy: {
          portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: 'PASSTHROUGH' } }],
        },
      }),
      'pay/rule',
    ],
  ])('%s', (_title, rule, name) => {
    expect(reported([HTTP_API, rule])).toEqual([`${name} for ${API}`]);
  });
});

describe('a rule is not reported', () => {
  const NEVER = { loadBalancer: { simple: 'ROUND_ROBIN' } };

  test.each([
    ['without PASSTHROUGH', [passthrough('pay/rule', { trafficPolicy: NEVER })]],
    ['of a namespace that Istio does not consult', [passthrough('blue/rule')]],
    ['that is not exported', [passthrough('pay/rule', { exportTo: ['.'] })]],
    [
      'that the default of the mesh does not export',
      [passthrough('pay/rule'), meshConfig('defaultDestinationRuleExportTo: ["."]')],
    ],
    ['for other pods', [passthrough('pay/rule', { workloadSelector: { matchLabels: { app: 'api' } } })]],
    [
      'for a port that the host does not have',
      [
        passthrough('pay/rule', {
          trafficPolicy: {
            portLevelSettings: [{ port: { number: 81 }, loadBalancer: { simple: 'PASSTHROUGH' } }],
          },
        }),
      ],
    ],
    [
      'if a more specific rule of the same namespace replaces it',
      [
        passthrough('pay/rule', { host: '*.cluster.local' }),
        passthrough('pay/exact', { trafficPolicy: NEVER }),
      ],
    ],
    [
      'for pods with the same label in another namespace',
      [passthrough('pay/rule', { workloadSelector: { matchLabels: { app: 'web' } } })],
    ],
    [
      'if a rule of the namespace of the pods replaces it',
      [passthrough('pay/rule'), passthrough('shop/rule', { trafficPolicy: NEVER })],
    ],
  ])('%s', (_title, rules) => {
    expect(reported([HTTP_API, ...rules])).toEqual([]);
  });

  test('for TCP to a host with an address: the call reaches that address', () => {
    expect(reported([service('pay/api', { 'tcp-db': 5432 }), passthrough('pay/rule')])).toEqual([]);
  });

  test('for a host that is ORIGINAL_DST anyway', () => {
    expect(reported([headless('pay/api', { http: 80 }), passthrough('pay/rule')])).toEqual([]);
  });
});

describe('of several places, Istio takes the rules', () => {
  const ROUND_ROBIN = { trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } };
  /** Rules with PASSTHROUGH and without, in the order of the namespaces. */
  const rules = (passing: string, other: string, spec: object = {}) => [
    passthrough(`${passing}/passing`),
    passthrough(`${other}/other`, { ...ROUND_ROBIN, ...spec }),
  ];

  test.each([
    ['of the host before those of the root namespace in which the pods are', rules('pay', 'shop'), true],
    ['of a wildcard of such a namespace last', rules('pay', 'shop', { host: '*.cluster.local' }), true],
    ['of such a namespace after those of the host', rules('shop', 'pay'), false],
    ['for such a namespace alone first', rules('pay', 'shop', { exportTo: ['.'] }), false],
    ['for such a namespace by name first', rules('pay', 'shop', { exportTo: ['shop'] }), false],
    [
      'for its pods first',
      rules('pay', 'shop', { workloadSelector: { matchLabels: { app: 'web' } } }),
      false,
    ],
  ])('%s', (_title, objects, isReported) => {
    expect(reported([HTTP_API, meshConfig('rootNamespace: shop'), ...objects])).toEqual(
      isReported ? [`pay/passing for ${API}`] : [],
    );
  });

  test('of any istiod, while their root namespaces differ', () => {
    const roots = [meshConfig('rootNamespace: shop'), meshConfig('rootNamespace: blue', 'istio-canary')];
    expect(reported([HTTP_API, ...roots, ...rules('pay', 'shop')])).toEqual([`pay/passing for ${API}`]);
    expect(reported([HTTP_API, ...roots, ...rules('shop', 'pay')])).toEqual([`shop/passing for ${API}`]);
  });

  test.each([
    ['of a root namespace, if the host has one for others only', { exportTo: ['green'] }, []],
    ['of the host, if that is not for its own namespace only', { exportTo: ['*'] }, []],
    ['of a wildcard, if a closer one is private', { exportTo: ['.'] }, ['pay/wide']],
    [
      'of a wildcard, if a closer one has a workloadSelector',
      { workloadSelector: { matchLabels: { app: 'web' } } },
      ['pay/wide'],
    ],
    ['of a wildcard, if a closer one has an empty workloadSelector', { workloadSelector: {} }, ['pay/wide']],
  ])('%s', (_title, spec, names) => {
    const wide = passthrough('pay/wide', { host: '*.cluster.local' });
    const close = passthrough('pay/close', { ...ROUND_ROBIN, ...spec });
    expect(reported([HTTP_API, wide, close])).toEqual(names.map((name) => `${name} for ${API}`));
  });

  test('of a root namespace, where one for others hides those of the host', () => {
    const objects = [
      passthrough('istio-system/root'),
      passthrough('pay/wide', { host: '*.cluster.local', ...ROUND_ROBIN }),
      passthrough('pay/close', { ...ROUND_ROBIN, exportTo: ['green'] }),
    ];
    expect(reported([HTTP_API, ...objects])).toEqual([`istio-system/root for ${API}`]);
  });
});

describe('a host that a wildcard imports without granting it', () => {
  const WILDCARD = 'shop/*.example.com';
  const rule = destinationRule('shop/rule', { host: 'a.example.com', ...PASSTHROUGH });
  const entries = (resolution: string) => [
    serviceEntry('shop/wildcard', { hosts: ['*.example.com'], resolution }),
    serviceEntry('shop/exact', { hosts: ['a.example.com'] }),
    rule,
  ];

  test('is reported like a granted one', () => {
    expect(reported(entries('DYNAMIC_DNS'), [destination(WILDCARD)])).toEqual([
      'shop/rule for shop/a.example.com',
    ]);
  });

  test('is not reported if the Sidecar excludes it', () => {
    const egress = [WILDCARD, '~shop/a.example.com'];
    expect(reported(entries('DYNAMIC_DNS'), [destination(WILDCARD)], egress)).toEqual([]);
  });

  test('is not reported below a wildcard that is ORIGINAL_DST', () => {
    expect(reported(entries('NONE'), [destination(WILDCARD)])).toEqual([]);
  });
});
