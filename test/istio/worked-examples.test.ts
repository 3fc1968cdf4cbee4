// Istio's semantics by example: which calls hand-written Sidecars and ServiceEntries allow and block.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { address, external, proxy, service, sidecar, unexpectedOutcomes } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CLUSTER = [
  service('payments/api', '10.96.0.10', ['80:http', '9090:grpc']),
  service('db/pg', '10.96.0.20', ['5432:tcp-pg', '9187:http-metrics']),
  service('kube-system/kube-dns', '10.96.0.2', ['53/UDP:dns', '53:dns-tcp', '9153:metrics']),
];
const STRIPE = external('shop', 'api.stripe.com', ['443/TLS']);
const CHECKOUT = { app: 'checkout' };

const API = 'payments/api.payments.svc.cluster.local';
const DNS = 'kube-system/kube-dns.kube-system.svc.cluster.local';
const API_80 = 'outbound|80||api.payments.svc.cluster.local';
const API_9090 = 'outbound|9090||api.payments.svc.cluster.local';
const UNDER_EXAMPLE = 'outbound|443||*.example.com';

await withOracle('the worked examples', (oracle) => {
  const unexpected = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
    unexpectedOutcomes(oracle, { objects }, expected);
  const dumpOf = async (objects: readonly KubeObject[]) => {
    const { proxies } = await oracle.judge({ objects, proxies: [proxy(CHECKOUT)], probes: [], dump: true });
    return proxies[0]?.dump;
  };

  describe('a Sidecar with hosts only', () => {
    const objects = [...CLUSTER, STRIPE, sidecar('shop/egress', CHECKOUT, [DNS, API, 'shop/api.stripe.com'])];

    it('creates the listeners and clusters of what it imports', async () => {
      const dump = await dumpOf(objects);
      expect(dump?.listeners.map(({ name }) => name)).toEqual([
        '0.0.0.0_443',
        '0.0.0.0_80',
        '0.0.0.0_9090',
        '10.96.0.2_53',
        '10.96.0.2_9153',
        'virtualOutbound',
      ]);
      expect(dump?.clusters).toEqual([
        { name: 'BlackHoleCluster', type: 'STATIC' },
        { name: 'InboundPassthroughCluster', type: 'ORIGINAL_DST' },
        { name: 'PassthroughCluster', type: 'ORIGINAL_DST' },
        { name: 'outbound|443||api.stripe.com', type: 'STRICT_DNS' },
        { name: 'outbound|53||kube-dns.kube-system.svc.cluster.local', type: 'EDS' },
        { name: API_80, type: 'EDS' },
        { name: API_9090, type: 'EDS' },
        { name: 'outbound|9153||kube-dns.kube-system.svc.cluster.local', type: 'EDS' },
      ]);
      expect(dump?.virtualHosts.map(({ routeConfig, name }) => [routeConfig, name])).toEqual([
        ['80', 'api.payments.svc.cluster.local:80'],
        ['80', 'block_all'],
        ['9090', 'api.payments.svc.cluster.local:9090'],
        ['9090', 'block_all'],
        ['kube-dns.kube-system.svc.cluster.local:9153', 'kube-dns.kube-system.svc.cluster.local:9153'],
      ]);
    });

    it('allows HTTP by the Host header, whatever the address', async () => {
      expect(
        await unexpected(objects, {
          'http 10.96.0.10:80 api.payments': API_80,
          'http 1.2.3.4:80 api.payments.svc.cluster.local': API_80,
          'http 1.2.3.4:80 API.Payments.svc.cluster.local:80': API_80,
          'http2 10.96.0.10:9090 api.payments': API_9090,
          'http 1.2.3.4:80 10.96.0.10': API_80,
          'http 10.96.0.10:80': API_80,
          'http 1.2.3.4:80 example.com': 'block-all',
          'http 1.2.3.4:80': 'block-all',
          'http 1.2.3.4:80 10.44.0.9': 'block-all',
        }),
      ).toEqual({});
    });

    it('blocks bytes that are not HTTP on an HTTP port', async () => {
      expect(
        await unexpected(objects, { 'tcp 10.96.0.10:80': 'black-hole', 'tls 10.96.0.10:80': 'black-hole' }),
      ).toEqual({});
    });

    it('allows TLS by the SNI, whatever the address', async () => {
      expect(
        await unexpected(objects, {
          'tls 1.2.3.4:443 api.stripe.com': 'outbound|443||api.stripe.com',
          'tls 1.2.3.4:443 API.stripe.com': 'outbound|443||api.stripe.com',
          'tls 1.2.3.4:443 evil.com': 'black-hole',
          'tls 1.2.3.4:443': 'black-hole',
          'http 1.2.3.4:443 api.stripe.com': 'black-hole',
          'tcp 1.2.3.4:443': 'black-hole',
        }),
      ).toEqual({});
    });

    it('blocks a port that no imported host has', async () => {
      expect(
        await unexpected(objects, {
          'http 1.2.3.4:8080 api.payments': 'black-hole',
          'tcp 1.2.3.4:5432': 'black-hole',
        }),
      ).toEqual({});
    });

    it('opens every port of an imported Service', async () => {
      expect(
        await unexpected(objects, {
          'tcp 10.96.0.2:53': 'outbound|53||kube-dns.kube-system.svc.cluster.local',
          'tcp 10.96.0.2:9153': 'outbound|9153||kube-dns.kube-system.svc.cluster.local',
          'http 10.96.0.2:9153 anything.example': 'outbound|9153||kube-dns.kube-system.svc.cluster.local',
        }),
      ).toEqual({});
    });
  });

  it('opens a CIDR and an address on their own ports only', async () => {
    const objects = [
      address('shop', 'cidr.example.internal', '203.0.113.0/24', 5432),
      address('shop', 'ip.example.internal', '198.51.100.9', 22),
      sidecar('shop/egress', CHECKOUT, ['shop/cidr.example.internal', 'shop/ip.example.internal']),
    ];
    expect(
      await unexpected(objects, {
        'tcp 203.0.113.7:5432': 'outbound|5432||cidr.example.internal',
        'tls 203.0.113.7:5432 any.example': 'outbound|5432||cidr.example.internal',
        'http 203.0.113.7:5432': 'outbound|5432||cidr.example.internal',
        'tcp 198.51.100.9:5432': 'black-hole',
        'tcp 198.51.100.9:22': 'outbound|22||ip.example.internal',
        'tcp 203.0.113.7:22': 'black-hole',
      }),
    ).toEqual({});
  });

  it.each([
    ['DYNAMIC_DNS', 'DFP'],
    ['NONE', 'ORIGINAL_DST'],
  ])('allows TLS to every name below a wildcard with resolution %s', async (resolution, type) => {
    const objects = [
      external('shop', '*.example.com', ['443/TLS'], { resolution }),
      sidecar('shop/egress', CHECKOUT, ['shop/*.example.com']),
    ];
    expect(
      await unexpected(objects, {
        'tls 9.9.9.9:443 a.example.com': UNDER_EXAMPLE,
        'tls 9.9.9.9:443 a.b.example.com': UNDER_EXAMPLE,
        'tls 9.9.9.9:443 example.com': 'black-hole',
        'tls 9.9.9.9:443 evil.com': 'black-hole',
        'tls 9.9.9.9:443': 'black-hole',
        'tcp 9.9.9.9:443': 'black-hole',
        'http 9.9.9.9:443 a.example.com': 'black-hole',
      }),
    ).toEqual({});
    expect((await dumpOf(objects))?.clusters).toContainEqual({ name: UNDER_EXAMPLE, type });
  });

  it('blocks everything if the only host is ~/*', async () => {
    expect(
      await unexpected([...CLUSTER, STRIPE, sidecar('shop/egress', CHECKOUT, ['~/*'])], {
        'http 10.96.0.10:80 api.payments': 'black-hole',
        'tls 1.2.3.4:443 api.stripe.com': 'black-hole',
        'tcp 10.96.0.20:5432': 'black-hole',
        'tcp 10.96.0.2:53': 'black-hole',
      }),
    ).toEqual({});
  });
});
