// Where two ServiceEntries of one namespace and one age register a host, istiod answers in one way as soon as one of them is older.
import { expect, test } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../support/cluster.ts';
import { probeRequest } from './judge-world.ts';
import { withoutTies } from './tied-registrations.ts';
import type { WorldSpec } from './world-spec.ts';

const AT = '2026-01-01T10:00:00Z';
const HOST = 'api.ext.com';

const entry = (name: string, address: string, hosts: readonly string[], created = AT): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name, namespace: 'shop', creationTimestamp: created },
  spec: {
    hosts,
    resolution: 'DNS',
    endpoints: [{ address }],
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
  },
});

const ONE = entry('one', '192.0.2.1', [HOST]);
const TWO = entry('two', '192.0.2.2', ['other.org', HOST]);

test('only ServiceEntries of one namespace and one age that share a host are tied', () => {
  expect(withoutTies([ONE, TWO])).toEqual([
    [{ ...ONE, metadata: { ...ONE.metadata, creationTimestamp: '2026-01-01T09:59:59Z' } }, TWO],
    [ONE, { ...TWO, metadata: { ...TWO.metadata, creationTimestamp: '2026-01-01T09:59:59Z' } }],
  ]);
  const elsewhere = { ...TWO, metadata: { ...TWO.metadata, namespace: 'pay' } };
  const younger = entry('two', '192.0.2.2', [HOST], '2026-01-01T10:00:01Z');
  const another = entry('two', '192.0.2.2', ['other.org']);
  for (const other of [elsewhere, younger, another]) expect(withoutTies([ONE, other])).toEqual([]);
});

const world: WorldSpec = {
  istioVersion: '1.30',
  dnsCapture: false,
  dnsAllowed: true,
  services: [],
  serviceEntries: [],
  sidecars: [],
  intents: [],
  pods: [{}],
  exportToByDefault: [],
};

for (const istio of ['current', 'older'] as const)
  await withOracle(
    `the ${istio} Istio`,
    (oracle) => {
      test('has one answer for each order', async () => {
        const answers = await Promise.all(
          withoutTies([ONE, TWO]).map(async (order) => {
            const asked = await Promise.all(Array.from({ length: 8 }, async () => clusterOf(order)));
            return [...new Set(asked)];
          }),
        );
        expect(answers).toEqual([[expect.any(String)], [expect.any(String)]]);
        expect(answers[0]).not.toEqual(answers[1]);
      });

      async function clusterOf(objects: readonly KubeObject[]): Promise<string | undefined> {
        const { results } = await oracle.judge({
          ...probeRequest(world, objects, []),
          probes: [{ proxy: 0, address: '198.51.100.1', port: 80, protocol: 'http' as const, host: HOST }],
          detail: 'hashes',
        });
        return results[0]?.detail?.clusters?.[`outbound|80||${HOST}`];
      }
    },
    { istio },
  );
