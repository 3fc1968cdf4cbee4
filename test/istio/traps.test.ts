// Configuration that looks right and is not: each of these has cost somebody an outage, or opened what was closed.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import {
  address,
  external,
  proxy,
  service,
  sidecar,
  surprisesIn,
  verdictsOf,
} from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http', '9090:http-admin']);
const API_HOST = 'payments/api.payments.svc.cluster.local';
const API_80 = 'outbound|80||api.payments.svc.cluster.local';
const CIDR_OPEN = 'outbound|5432||cidr.example.internal';

const checkout = (...hosts: readonly string[]) => sidecar('shop/egress', CHECKOUT, hosts);

/** A host to which istiod gave an address. */
const allocated = (name: string, value: string, at: number) => ({
  ...external('shop', name, ['5432/TCP'], { at }),
  status: { addresses: [{ host: name, value }] },
});
const otherHost = (at: number) => external('shop', 'other.net', ['80/HTTP'], { at });

const cidr = (range: string) => [
  address('shop', 'cidr.example.internal', range, 5432),
  checkout('shop/cidr.example.internal'),
];

await withOracle('the traps', (oracle) => {
  const surprises = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
    surprisesIn(oracle, { objects }, expected);

  describe('several addresses in one ServiceEntry', () => {
    const two = address('shop', 'two.example.internal', ['203.0.113.0/24', '198.51.100.9'], 5432);
    const calls = ['tcp 203.0.113.7:5432', 'tcp 198.51.100.9:5432'];

    it('keep one of them where every host of the listener is exact', async () => {
      const verdicts = await verdictsOf(
        oracle,
        { objects: [two, checkout('shop/two.example.internal')] },
        calls,
      );
      expect(Object.values(verdicts).toSorted()).toEqual([
        'black-hole',
        'outbound|5432||two.example.internal',
      ]);
    });

    it('are all open where one host is a wildcard', async () => {
      expect(
        await surprises([two, checkout('shop/two.example.internal', './*.nothing.invalid')], {
          'tcp 203.0.113.7:5432': 'outbound|5432||two.example.internal',
          'tcp 198.51.100.9:5432': 'outbound|5432||two.example.internal',
        }),
      ).toEqual({});
    });
  });

  describe('an egress list that names nothing', () => {
    it('imports the whole mesh if it is empty', async () => {
      expect(
        await surprises([API, sidecar('shop/egress', CHECKOUT, [])], {
          'http 10.96.0.10:80 api.payments': API_80,
          'http 10.96.0.10:80 example.com': 'block-all',
          'tcp 1.2.3.4:22': 'black-hole',
        }),
      ).toEqual({});
    });

    it.each([[['~*/*']], [['./*', 'payments/*', '~/*']]])(
      'imports nothing if it excludes all: %j',
      async (hosts) => {
        expect(
          await surprises([API, checkout(...hosts)], { 'http 10.96.0.10:80 api.payments': 'black-hole' }),
        ).toEqual({});
      },
    );

    it('imports nothing if it has a listener without hosts', async () => {
      expect(
        await surprises([API, sidecar('shop/egress', CHECKOUT, [{ hosts: [] }])], {
          'http 10.96.0.10:80 api.payments': 'black-hole',
        }),
      ).toEqual({});
    });
  });

  it('an exclusion takes a service out of a wildcard', async () => {
    const hosts = checkout('payments/*', `~${API_HOST}`);
    const web = service('payments/web', '10.96.0.30', ['80:http']);
    expect(
      await surprises([API, web, hosts], {
        'http 10.96.0.10:80 api.payments': 'block-all',
        'http 10.96.0.30:80 web.payments': 'outbound|80||web.payments.svc.cluster.local',
      }),
    ).toEqual({});
  });

  describe('a CIDR', () => {
    it('on 0.0.0.0 means every address, whatever its length', async () => {
      expect(
        await surprises(cidr('0.0.0.0/8'), {
          'tcp 0.1.2.3:5432': CIDR_OPEN,
          'tcp 9.9.9.9:5432': CIDR_OPEN,
        }),
      ).toEqual({});
    });

    it('with host bits set keeps its length', async () => {
      expect(
        await surprises(cidr('0.1.2.3/8'), {
          'tcp 0.9.9.9:5432': CIDR_OPEN,
          'tcp 9.9.9.9:5432': 'black-hole',
        }),
      ).toEqual({});
    });

    it('over the addresses of Services goes round their HTTP routes', async () => {
      expect(
        await surprises(
          [
            API,
            address('shop', 'cidr.example.internal', '10.96.0.0/16', 80),
            checkout(API_HOST, 'shop/cidr.example.internal'),
          ],
          {
            'tcp 10.96.0.99:80': 'outbound|80||cidr.example.internal',
            'http 10.96.0.10:80 api.payments': 'outbound|80||cidr.example.internal',
          },
        ),
      ).toEqual({});
    });
  });

  describe('a TCP host without an address', () => {
    const objects = [
      allocated('b.example.com', '240.240.0.2', 0),
      allocated('a.example.com', '240.240.0.1', 5),
      checkout('shop/a.example.com', 'shop/b.example.com'),
    ];

    it('takes all traffic of its port, the older of two', async () => {
      expect(
        await surprises(objects, {
          'tcp 9.9.9.9:5432': 'outbound|5432||b.example.com',
          'tcp 240.240.0.1:5432': 'outbound|5432||b.example.com',
        }),
      ).toEqual({});
    });

    it('has its own address where the proxy captures DNS', async () => {
      const calls = {
        'tcp 240.240.0.1:5432': 'outbound|5432||a.example.com',
        'tcp 240.240.0.2:5432': 'outbound|5432||b.example.com',
        'tcp 9.9.9.9:5432': 'black-hole',
      };
      const from = proxy(CHECKOUT, { dnsCapture: true });
      expect(await surprisesIn(oracle, { objects, from }, calls)).toEqual({});
    });
  });

  describe('a DYNAMIC_DNS wildcard for HTTP', () => {
    const wildcard = external('shop', '*.example.com', ['80/HTTP'], { resolution: 'DYNAMIC_DNS', at: 5 });
    const hosts = checkout('shop/*.example.com', 'shop/other.net', API_HOST);

    it.each([
      ['alone', [wildcard], 'outbound|80||*.example.com'],
      ['beside a Service', [wildcard, API], 'outbound|80||*.example.com'],
      ['beside a younger private host', [wildcard, otherHost(9)], 'outbound|80||*.example.com'],
      ['beside an older private host', [wildcard, otherHost(1)], 'no-forward-proxy'],
    ])('resolves names %s: %3$s', async (_, objects, expected) => {
      const calls = { 'http 9.9.9.9:80 a.example.com': expected };
      expect(await surprisesIn(oracle, { objects: [...objects, hosts] }, calls)).toEqual({});
    });
  });
});
