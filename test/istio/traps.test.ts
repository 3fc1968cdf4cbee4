// Sidecars and ServiceEntries that look right but open too much or too little.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import {
  address,
  external,
  proxy,
  service,
  sidecar,
  unexpectedOutcomes,
  outcomesOf,
} from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http', '9090:http-admin']);
const API_HOST = 'payments/api.payments.svc.cluster.local';
const API_80 = 'outbound|80||api.payments.svc.cluster.local';
const CIDR_OPEN = 'outbound|5432||cidr.example.internal';

const checkout = (...hosts: readonly string[]) => sidecar('shop/egress', CHECKOUT, hosts);

/** A TCP host to which istiod has allocated an address. */
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
  const unexpected = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
    unexpectedOutcomes(oracle, { objects }, expected);

  describe('several addresses in one ServiceEntry', () => {
    const two = address('shop', 'two.example.internal', ['203.0.113.0/24', '198.51.100.9'], 5432);
    const calls = ['tcp 203.0.113.7:5432', 'tcp 198.51.100.9:5432'];

    it('are reduced to one if every host of the listener is exact', async () => {
      const verdicts = await outcomesOf(
        oracle,
        { objects: [two, checkout('shop/two.example.internal')] },
        calls,
      );
      expect(Object.values(verdicts).toSorted()).toEqual([
        'black-hole',
        'outbound|5432||two.example.internal',
      ]);
    });

    it('are all open if one host of the listener is a wildcard', async () => {
      expect(
        await unexpected([two, checkout('shop/two.example.internal', './*.nothing.invalid')], {
          'tcp 203.0.113.7:5432': 'outbound|5432||two.example.internal',
          'tcp 198.51.100.9:5432': 'outbound|5432||two.example.internal',
        }),
      ).toEqual({});
    });
  });

  describe('an egress list without a host', () => {
    it('imports the whole mesh if it is empty', async () => {
      expect(
        await unexpected([API, sidecar('shop/egress', CHECKOUT, [])], {
          'http 10.96.0.10:80 api.payments': API_80,
          'http 10.96.0.10:80 example.com': 'block-all',
          'tcp 1.2.3.4:22': 'black-hole',
        }),
      ).toEqual({});
    });

    it.each([[['~*/*']], [['./*', 'payments/*', '~/*']]])(
      'imports nothing if it excludes everything: %j',
      async (hosts) => {
        expect(
          await unexpected([API, checkout(...hosts)], { 'http 10.96.0.10:80 api.payments': 'black-hole' }),
        ).toEqual({});
      },
    );

    it('imports nothing if it has a listener without hosts', async () => {
      expect(
        await unexpected([API, sidecar('shop/egress', CHECKOUT, [{ hosts: [] }])], {
          'http 10.96.0.10:80 api.payments': 'black-hole',
        }),
      ).toEqual({});
    });
  });

  it('an exclusion removes a Service from a wildcard', async () => {
    const hosts = checkout('payments/*', `~${API_HOST}`);
    const web = service('payments/web', '10.96.0.30', ['80:http']);
    expect(
      await unexpected([API, web, hosts], {
        'http 10.96.0.10:80 api.payments': 'block-all',
        'http 10.96.0.30:80 web.payments': 'outbound|80||web.payments.svc.cluster.local',
      }),
    ).toEqual({});
  });

  it('an exclusion beats a host that is listed by its name', async () => {
    const listed = [API_HOST, `~${API_HOST}`];
    for (const hosts of [listed, listed.toReversed(), ['payments/*', ...listed]]) {
      expect(
        await unexpected([API, checkout(...hosts)], { 'http 10.96.0.10:80 api.payments': 'black-hole' }),
      ).toEqual({});
    }
  });

  describe('a CIDR', () => {
    it('at 0.0.0.0 opens every address, whatever its prefix length', async () => {
      expect(
        await unexpected(cidr('0.0.0.0/8'), {
          'tcp 0.1.2.3:5432': CIDR_OPEN,
          'tcp 9.9.9.9:5432': CIDR_OPEN,
        }),
      ).toEqual({});
    });

    it('with host bits keeps its prefix length', async () => {
      expect(
        await unexpected(cidr('0.1.2.3/8'), {
          'tcp 0.9.9.9:5432': CIDR_OPEN,
          'tcp 9.9.9.9:5432': 'black-hole',
        }),
      ).toEqual({});
    });

    it('that covers the address of a Service takes its calls, which then bypass its HTTP routes', async () => {
      expect(
        await unexpected(
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

    it('takes every call on its port; of two, the older host does', async () => {
      expect(
        await unexpected(objects, {
          'tcp 9.9.9.9:5432': 'outbound|5432||b.example.com',
          'tcp 240.240.0.1:5432': 'outbound|5432||b.example.com',
        }),
      ).toEqual({});
    });

    it('is called by its allocated address if the proxy captures DNS', async () => {
      const calls = {
        'tcp 240.240.0.1:5432': 'outbound|5432||a.example.com',
        'tcp 240.240.0.2:5432': 'outbound|5432||b.example.com',
        'tcp 9.9.9.9:5432': 'black-hole',
      };
      const from = proxy(CHECKOUT, { dnsCapture: true });
      expect(await unexpectedOutcomes(oracle, { objects, from }, calls)).toEqual({});
    });
  });

  describe('a DYNAMIC_DNS wildcard for HTTP', () => {
    const wildcard = external('shop', '*.example.com', ['80/HTTP'], { resolution: 'DYNAMIC_DNS', at: 5 });
    const hosts = checkout('shop/*.example.com', 'shop/other.net', API_HOST);

    it.each([
      ['alone', [wildcard], 'outbound|80||*.example.com'],
      ['with a Service', [wildcard, API], 'outbound|80||*.example.com'],
      ['with a younger private host', [wildcard, otherHost(9)], 'outbound|80||*.example.com'],
      ['with an older private host', [wildcard, otherHost(1)], 'no-forward-proxy'],
    ])('resolves names %s: %3$s', async (_, objects, expected) => {
      const calls = { 'http 9.9.9.9:80 a.example.com': expected };
      expect(await unexpectedOutcomes(oracle, { objects: [...objects, hosts] }, calls)).toEqual({});
    });
  });
});
