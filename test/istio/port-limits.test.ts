// Listeners with a port: how a host is limited to some of its ports, and what that does to other hosts.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { address, external, listener, service, sidecar, unexpectedOutcomes } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CLUSTER = [
  service('payments/api', '10.96.0.10', ['80:http', '9090:grpc']),
  service('db/pg', '10.96.0.20', ['5432:tcp-pg', '9187:http-metrics']),
  service('kube-system/kube-dns', '10.96.0.2', ['53/UDP:dns', '53:dns-tcp', '9153:metrics']),
];
const CATALOG = [
  service('catalog/web', '10.96.0.30', ['80:http']),
  service('catalog/g', '10.96.0.31', ['9090:grpc']),
];
const STRIPE = external('shop', 'api.stripe.com', ['443/TLS']);
const CHECKOUT = { app: 'checkout' };

const API = 'payments/api.payments.svc.cluster.local';
const DNS = 'kube-system/kube-dns.kube-system.svc.cluster.local';
const API_80 = 'outbound|80||api.payments.svc.cluster.local';
const PG_5432 = 'outbound|5432||pg.db.svc.cluster.local';

const restricted = (hosts: readonly string[]) => [
  ...CLUSTER,
  STRIPE,
  sidecar('shop/egress', CHECKOUT, [
    listener(80, 'HTTP', hosts),
    { hosts: ['catalog/*', DNS, 'shop/api.stripe.com'] },
  ]),
];

await withOracle('a listener with a port', (oracle) => {
  const unexpected = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
    unexpectedOutcomes(oracle, { objects }, expected);

  describe('a Service limited to one HTTP port', () => {
    it('answers 502 on its other ports if another Service has that port', async () => {
      expect(
        await unexpected([...restricted(['catalog/*', API]), ...CATALOG], {
          'http 10.96.0.10:80 api.payments': API_80,
          'http2 10.96.0.10:9090 api.payments': 'block-all',
          'http 10.96.0.30:80 web.catalog': 'outbound|80||web.catalog.svc.cluster.local',
        }),
      ).toEqual({});
    });

    it('closes the connection on its other ports if no Service has that port', async () => {
      expect(
        await unexpected(restricted(['catalog/*', API]), {
          'http 10.96.0.10:80 api.payments': API_80,
          'http2 10.96.0.10:9090 api.payments': 'black-hole',
        }),
      ).toEqual({});
    });

    it('blocks every Service on that port that the listener does not list', async () => {
      expect(
        await unexpected([...restricted([API]), ...CATALOG], {
          'http 10.96.0.30:80 web.catalog': 'block-all',
          'http2 10.96.0.31:9090 g.catalog': 'outbound|9090||g.catalog.svc.cluster.local',
        }),
      ).toEqual({});
    });
  });

  describe('a Service limited to one TCP port', () => {
    const egress = [listener(5432, 'TCP', ['db/pg.db.svc.cluster.local']), { hosts: [DNS] }];
    const only = sidecar('shop/egress', CHECKOUT, egress);

    it('is open on that port of its own address only', async () => {
      expect(
        await unexpected([...CLUSTER, only], {
          'tcp 10.96.0.20:5432': PG_5432,
          'tcp 10.96.0.20:9187': 'black-hole',
          'tcp 9.9.9.9:5432': 'black-hole',
        }),
      ).toEqual({});
    });

    it('opens the port to every address if it is headless', async () => {
      expect(
        await unexpected([service('db/pg', 'None', ['5432:tcp-pg']), only], {
          'tcp 10.44.0.9:5432': PG_5432,
          'tcp 9.9.9.9:5432': PG_5432,
        }),
      ).toEqual({});
    });
  });

  describe('with other hosts on its port', () => {
    const database = service('db/pg', '10.96.0.20', ['8080:tcp-pg']);
    const web = service('web/page', '10.96.0.30', ['8080:http']);
    const auto = service('web/auto', '10.96.0.31', ['8080:anything']);
    const hosts = ['web/page.web.svc.cluster.local', 'web/auto.web.svc.cluster.local'];
    const forTheDatabase = (...more: readonly string[]) =>
      sidecar('shop/egress', CHECKOUT, [
        listener(8080, 'TCP', ['db/pg.db.svc.cluster.local', ...more]),
        { hosts },
      ]);

    it('removes the HTTP routes of all Services that it does not list, even if its protocol is TCP', async () => {
      expect(
        await unexpected([database, web, auto, forTheDatabase()], {
          'tcp 10.96.0.20:8080': 'outbound|8080||pg.db.svc.cluster.local',
          'http 10.96.0.30:8080 page.web': 'block-all',
          'http 10.96.0.31:8080 auto.web': 'no-vhost',
          'tcp 10.96.0.31:8080': 'outbound|8080||auto.web.svc.cluster.local',
        }),
      ).toEqual({});
    });

    it('of protocol TCP passes calls to the HTTP Services that it lists, but without their routes', async () => {
      expect(
        await unexpected([database, web, auto, forTheDatabase(...hosts)], {
          'http 10.96.0.30:8080 page.web': 'outbound|8080||page.web.svc.cluster.local',
          'http 10.96.0.31:8080 other.example': 'outbound|8080||auto.web.svc.cluster.local',
          'tcp 10.96.0.30:8080': 'outbound|8080||page.web.svc.cluster.local',
        }),
      ).toEqual({});
    });

    it('of protocol TCP sends every SNI on its port to the TLS host that it lists', async () => {
      expect(
        await unexpected(
          [
            external('shop', 'api.stripe.com', ['443/TLS']),
            sidecar('shop/egress', CHECKOUT, [listener(443, 'TCP', ['shop/api.stripe.com'])]),
          ],
          { 'tls 9.9.9.9:443 evil.com': 'outbound|443||api.stripe.com' },
        ),
      ).toEqual({});
    });

    it('of protocol TLS blocks a CIDR on its port', async () => {
      expect(
        await unexpected(
          [
            external('shop', 'api.stripe.com', ['443/TLS']),
            address('shop', 'cidr.example.internal', '203.0.113.0/24', 443),
            sidecar('shop/egress', CHECKOUT, [
              listener(443, 'TLS', ['shop/api.stripe.com']),
              { hosts: ['shop/cidr.example.internal'] },
            ]),
          ],
          {
            'tls 9.9.9.9:443 api.stripe.com': 'outbound|443||api.stripe.com',
            'tcp 203.0.113.7:443': 'black-hole',
          },
        ),
      ).toEqual({});
    });
  });
});
