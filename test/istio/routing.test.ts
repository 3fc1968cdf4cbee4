// What the oracle adds to Istio's own simulation: matching of routes, weighted destinations, IPv6 listeners.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import {
  call,
  istio,
  proxy,
  service,
  sidecar,
  unexpectedOutcomes,
  outcomeOf,
} from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http']);
const WEB = service('payments/web', '10.96.0.30', ['80:http']);
const PAYMENTS = sidecar('shop/egress', CHECKOUT, ['payments/*']);
const API_80 = 'outbound|80||api.payments.svc.cluster.local';
const WEB_80 = 'outbound|80||web.payments.svc.cluster.local';

const route = (host: string, rest = {}) => ({
  destination: { host: `${host}.payments.svc.cluster.local` },
  ...rest,
});
const uri = (match: object) => ({ match: [{ uri: match }], route: [route('web')] });
const rules = (http: readonly unknown[]) => [
  API,
  WEB,
  PAYMENTS,
  istio('VirtualService', 'payments/api', { hosts: ['api.payments.svc.cluster.local'], http }),
];

await withOracle('routing', (oracle) => {
  const unexpected = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
    unexpectedOutcomes(oracle, { objects }, expected);

  describe('a VirtualService', () => {
    it('matches headers', async () => {
      const canary = { match: [{ headers: { version: { exact: 'canary' } } }], route: [route('web')] };
      const probes = [
        call('http 10.96.0.10:80 api.payments'),
        { ...call('http 10.96.0.10:80 api.payments'), headers: { Version: 'canary' } },
      ];
      const request = {
        objects: rules([canary, { route: [route('api')] }]),
        proxies: [proxy(CHECKOUT)],
        probes,
      };
      expect((await oracle.judge(request)).results.map(outcomeOf)).toEqual([API_80, WEB_80]);
    });

    it('matches a regular expression against the whole path, and a prefix against whole segments', async () => {
      expect(
        await unexpected(
          rules([uri({ regex: '/v[0-9]' }), uri({ prefix: '/shop/' }), { route: [route('api')] }]),
          {
            'http 10.96.0.10:80 api.payments/v1': WEB_80,
            'http 10.96.0.10:80 api.payments/v1/x': API_80,
            'http 10.96.0.10:80 api.payments/shop/x': WEB_80,
            'http 10.96.0.10:80 api.payments/shopping': API_80,
          },
        ),
      ).toEqual({});
    });

    it('may split traffic: the call is allowed if a destination with weight exists', async () => {
      const missing = { destination: { host: 'gone.payments.svc.cluster.local' } };
      const split = (share: number) => [{ ...missing, weight: 100 - share }, route('api', { weight: share })];
      const results = [];
      for (const share of [40, 0]) {
        const objects = rules([{ route: split(share) }]);
        const request = {
          objects,
          proxies: [proxy(CHECKOUT)],
          probes: [call('http 10.96.0.10:80 api.payments')],
        };
        results.push(...(await oracle.judge(request)).results);
      }
      expect(results.map(outcomeOf)).toEqual([API_80, 'missing-cluster']);
      expect(results[0]?.weighted?.map(({ weight, why }) => [weight, why])).toEqual([
        [60, 'missing-cluster'],
        [40, undefined],
      ]);
    });

    it('may answer a call itself: then the call is blocked', async () => {
      expect(
        await unexpected(
          rules([
            { match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/new' } },
            { match: [{ uri: { prefix: '/teapot' } }], directResponse: { status: 418 } },
            { match: [{ uri: { prefix: '/here' } }], route: [route('api')] },
          ]),
          {
            'http 10.96.0.10:80 api.payments/old': 'redirect',
            'http 10.96.0.10:80 api.payments/teapot': 'direct-response',
            'http 10.96.0.10:80 api.payments/elsewhere': 'no-route',
          },
        ),
      ).toEqual({});
    });
  });

  it('matches a call over IPv6 against the IPv6 wildcard listeners', async () => {
    const calls = {
      'http [2001:db8::1]:80 api.payments': API_80,
      'http [2001:db8::1]:80 evil.com': 'block-all',
    };
    const from = proxy(CHECKOUT, { ip: '2001:db8::7' });
    expect(await unexpectedOutcomes(oracle, { objects: [API, PAYMENTS], from }, calls)).toEqual({});
    expect(await unexpectedOutcomes(oracle, { objects: [API, PAYMENTS] }, calls)).toEqual({
      'http [2001:db8::1]:80 api.payments': 'black-hole',
      'http [2001:db8::1]:80 evil.com': 'black-hole',
    });
  });
});
