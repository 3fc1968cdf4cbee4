// The oracle built with the older Istio.
import { expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import {
  address,
  call,
  listener,
  proxy,
  service,
  sidecar,
  surprisesIn,
  word,
} from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http']);
const API_80 = 'outbound|80||api.payments.svc.cluster.local';

await withOracle(
  'the oracle of the older Istio',
  (oracle) => {
    const surprises = (objects: readonly KubeObject[], expected: Readonly<Record<string, string>>) =>
      surprisesIn(oracle, { objects }, expected);

    it('keeps every address of a ServiceEntry', async () => {
      const both = ['203.0.113.0/24', '198.51.100.9'];
      const objects = [
        address('shop', 'two.example.internal', both, 5432),
        sidecar('shop/egress', CHECKOUT, ['shop/two.example.internal']),
      ];
      expect(
        await surprises(objects, {
          'tcp 203.0.113.7:5432': 'outbound|5432||two.example.internal',
          'tcp 198.51.100.9:5432': 'outbound|5432||two.example.internal',
        }),
      ).toEqual({});
    });

    it('knows no exclusions: its webhook refuses them, and without it they do nothing', async () => {
      const objects = [
        API,
        sidecar('shop/egress', CHECKOUT, ['payments/*', '~payments/api.payments.svc.cluster.local']),
      ];
      const world = {
        objects,
        proxies: [proxy(CHECKOUT)],
        probes: [call('http 10.96.0.10:80 api.payments')],
      };
      const { results, validation } = await oracle.judge({ ...world, validate: true });
      expect(results.map(word)).toEqual([API_80]);
      expect(validation).toEqual([
        { object: 'Sidecar shop/egress', errors: [expect.stringContaining('~payments')], warnings: [] },
      ]);
    });

    it('analyzes', async () => {
      const objects = [sidecar('shop/egress', CHECKOUT, ['./*'])];
      const { messages } = await oracle.judge({ objects, proxies: [], probes: [], analyze: true });
      expect(messages).toMatchObject([{ code: 'IST0101', object: 'Sidecar shop/egress' }]);
    });

    it('finds the same in the rules that did not change', async () => {
      const objects = [
        API,
        sidecar('shop/egress', CHECKOUT, [listener(80, 'HTTP', ['payments/api.payments.svc.cluster.local'])]),
      ];
      const calls = { 'http 10.96.0.10:80 api.payments': API_80, 'http 10.96.0.10:80 evil.com': 'block-all' };
      expect(await surprises(objects, calls)).toEqual({});
    });
  },
  { istio: 'older' },
);
