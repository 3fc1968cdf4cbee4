// DestinationRules that tunnel calls to a granted host.
import { describe, expect, test } from 'vitest';
import { compile } from '../../../../src/compile/compile.ts';
import {
  destinationRule,
  service,
  snapshotOf,
  webIntent,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';

const PROXY = 'proxy.pay.svc.cluster.local';
const tunnel = (targetHost: string, targetPort: number) => ({
  trafficPolicy: { tunnel: { protocol: 'CONNECT', targetHost, targetPort } },
});
const rule = (spec: object, name = 'pay/tunnel') => destinationRule(name, { host: PROXY, ...spec });
const intent = webIntent([{ service: { name: 'proxy', namespace: 'pay' } }]);
const told = (ports: Readonly<Record<string, number>>, ...objects: readonly ClusterObject[]) =>
  compile(snapshotOf([service('pay/proxy', ports), intent, ...objects])).diagnostics.flatMap((diagnostic) =>
    diagnostic.code === 'DestinationRuleTunnels'
      ? [`${diagnostic.destinationRule} ${diagnostic.target}`]
      : [],
  );

describe('a tunnel is told', () => {
  test.each([
    ['of the whole host', rule(tunnel('API.example.com', 443)), ['pay/tunnel api.example.com:443']],
    [
      'of a subset',
      rule({ subsets: [{ name: 'a', ...tunnel('a.b', 1) }, { name: 'b' }] }),
      ['pay/tunnel a.b:1'],
    ],
    ['of the namespace of the pods', rule(tunnel('a.b', 1), 'shop/tunnel'), ['shop/tunnel a.b:1']],
    [
      'but not of other pods',
      rule({ ...tunnel('a.b', 1), workloadSelector: { matchLabels: { app: 'x' } } }),
      [],
    ],
    ['but not of another host', rule({ ...tunnel('a.b', 1), host: 'other' }), []],
    ['but not one that is null', rule({ trafficPolicy: { tunnel: null } }), []],
  ])('%s', (_what, object, expected) => {
    expect(told({ tcp: 8888 }, object)).toEqual(expected);
  });

  test('but not for HTTP, of which Istio tunnels none', () => {
    expect(told({ http: 80 }, rule(tunnel('a.b', 1)))).toEqual([]);
    expect(told({ http: 80, tls: 443 }, rule(tunnel('a.b', 1)))).toHaveLength(1);
  });
});
