// How listing one host changes what holds for another: ExternalName and VirtualService.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { alias, istio, listener, service, sidecar, unexpectedOutcomes } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http', '9090:http-admin']);
const API_HOST = 'payments/api.payments.svc.cluster.local';
const API_80 = 'outbound|80||api.payments.svc.cluster.local';

const checkout = (...hosts: readonly string[]) => sidecar('shop/egress', CHECKOUT, hosts);

await withOracle('interference', (oracle) => {
  const unexpected = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
    unexpectedOutcomes(oracle, { objects }, expected);

  describe('an ExternalName alias', () => {
    const objects = [API, alias('al/alias', 'api.payments.svc.cluster.local')];

    it('is blocked if it is listed under its own namespace', async () => {
      expect(
        await unexpected([...objects, checkout(API_HOST, 'al/alias.al.svc.cluster.local')], {
          'http 10.96.0.10:80 alias.al': 'block-all',
        }),
      ).toEqual({});
    });

    it('is open if it is listed under the namespace of the Service that it points to', async () => {
      expect(
        await unexpected([...objects, checkout(API_HOST, 'payments/alias.al.svc.cluster.local')], {
          'http 10.96.0.10:80 alias.al': API_80,
          'http 10.96.0.10:80 api.payments': API_80,
        }),
      ).toEqual({});
    });
  });

  describe('a VirtualService in the namespace of an allowed host', () => {
    const web = service('catalog/web', '10.96.0.30', ['80:http']);
    const takeover = istio('VirtualService', 'payments/takeover', {
      hosts: ['api.payments.svc.cluster.local'],
      http: [{ route: [{ destination: { host: 'web.catalog.svc.cluster.local', port: { number: 80 } } }] }],
    });

    it('sends calls for the host to a Service that is not allowed', async () => {
      expect(
        await unexpected([API, web, takeover, checkout(API_HOST)], {
          'http 10.96.0.10:80 api.payments': 'outbound|80||web.catalog.svc.cluster.local',
          'http 10.96.0.30:80 web.catalog': 'block-all',
        }),
      ).toEqual({});
    });

    it('has no cluster to send calls to if the listener imports another port number', async () => {
      expect(
        await unexpected(
          [API, web, takeover, sidecar('shop/egress', CHECKOUT, [listener(9090, 'HTTP', [API_HOST])])],
          {
            'http 10.96.0.10:9090 api.payments': 'missing-cluster',
          },
        ),
      ).toEqual({});
    });
  });
});
