// Where the older Istio (go.older.mod of the oracle) behaves differently from the current one, and where it must not.
import { expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import {
  address,
  call,
  listener,
  proxy,
  service,
  sidecar,
  unexpectedOutcomes,
  outcomeOf,
} from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http']);
const API_80 = 'outbound|80||api.payments.svc.cluster.local';

await withOracle(
  'the older Istio',
  (oracle) => {
    const unexpected = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
      unexpectedOutcomes(oracle, { objects }, expected);

    it('opens every address of a ServiceEntry', async () => {
      const both = ['203.0.113.0/24', '198.51.100.9'];
      const objects = [
        address('shop', 'two.example.internal', both, 5432),
        sidecar('shop/egress', CHECKOUT, ['shop/two.example.internal']),
      ];
      expect(
        await unexpected(objects, {
          'tcp 203.0.113.7:5432': 'outbound|5432||two.example.internal',
          'tcp 198.51.100.9:5432': 'outbound|5432||two.example.internal',
        }),
      ).toEqual({});
    });

    it('does not support exclusions: its webhook refuses them, and istiod ignores them', async () => {
      const objects = [
        API,
        sidecar('shop/egress', CHECKOUT, ['payments/*', '~payments/api.payments.svc.cluster.local']),
      ];
      const request = {
        objects,
        proxies: [proxy(CHECKOUT)],
        probes: [call('http 10.96.0.10:80 api.payments')],
      };
      const { results, validation } = await oracle.judge({ ...request, validate: true });
      expect(results.map(outcomeOf)).toEqual([API_80]);
      expect(validation).toEqual([
        { object: 'Sidecar shop/egress', errors: [expect.stringContaining('~payments')], warnings: [] },
      ]);
    });

    it('runs the analyzers', async () => {
      const objects = [sidecar('shop/egress', CHECKOUT, ['./*'])];
      const { messages } = await oracle.judge({ objects, proxies: [], probes: [], analyze: true });
      expect(messages).toMatchObject([{ code: 'IST0101', object: 'Sidecar shop/egress' }]);
    });

    it('limits a Service to a port as the current Istio does', async () => {
      const objects = [
        API,
        sidecar('shop/egress', CHECKOUT, [listener(80, 'HTTP', ['payments/api.payments.svc.cluster.local'])]),
      ];
      const calls = { 'http 10.96.0.10:80 api.payments': API_80, 'http 10.96.0.10:80 evil.com': 'block-all' };
      expect(await unexpected(objects, calls)).toEqual({});
    });
  },
  { istio: 'older' },
);
