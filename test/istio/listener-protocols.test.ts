// The filters that Envoy gets for a port depend on the protocol that its listener declares: a port to which an intent limits a Service has those that
// it had without the intent, whatever its protocol is.
import { expect, test } from 'vitest';
import { compiled, liveObject, settingsWith } from '../support/compiler.ts';
import type { KubeObject } from '../support/cluster.ts';
import { call, pod, proxy, service } from '../kits/oracle/objects.ts';
import { withOracle, type OracleClient } from '../kits/oracle/with-oracle.ts';
import { differencesOf } from '../proof/travel.ts';

type Istio = 'current' | 'older';

/** What istiod generates for port 9000 of a Service, and how a call to it travels. */
async function travelOf(oracle: OracleClient, objects: readonly KubeObject[], calling: string) {
  const { proxies, results } = await oracle.judge({
    objects,
    proxies: [proxy({ app: 'checkout' })],
    probes: [call(calling)],
    detail: 'hashes',
    dump: true,
  });
  const listeners = proxies[0]?.dump?.listeners ?? [];
  const chains = listeners.filter(({ name }) => name.endsWith('_9000')).flatMap((each) => each.chains);
  const [result] = results;
  if (result === undefined) throw new Error('not judged');
  return { result, chains };
}

async function withAndWithout(
  oracle: OracleClient,
  istio: Istio,
  objects: readonly KubeObject[],
  to: string,
) {
  const intent = {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name: 'checkout', namespace: 'shop' },
    spec: {
      workloadSelector: { matchLabels: { app: 'checkout' } },
      allow: [{ service: { name: 'api', namespace: 'payments' }, ports: [{ port: 9000 }] }],
    },
  };
  const pods = [pod('shop/pod', { app: 'checkout' })];
  const settings = settingsWith({ istioVersion: istio === 'current' ? '1.31' : '1.30' });
  const { manifests, compilation } = compiled([...objects, ...pods, intent], 'shop', settings);
  const written = manifests.map((manifest) => liveObject(manifest) as KubeObject);
  return {
    codes: compilation.diagnostics.map(({ code }) => code),
    without: await travelOf(oracle, objects, to),
    limited: await travelOf(oracle, [...objects, ...written], to),
  };
}

/** By name of the port. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  http: 'http 10.96.0.10:9000 api.payments:9000',
  http2: 'http2 10.96.0.10:9000 api.payments:9000',
  grpc: 'http2 10.96.0.10:9000 api.payments:9000',
  'grpc-web': 'http 10.96.0.10:9000 api.payments:9000',
  'gRPC-Web-x': 'http 10.96.0.10:9000 api.payments:9000',
  https: 'tls 10.96.0.10:9000 api.payments',
  tls: 'tls 10.96.0.10:9000 api.payments',
  tcp: 'tcp 10.96.0.10:9000',
  mongo: 'tcp 10.96.0.10:9000',
  'Mongo-x': 'tcp 10.96.0.10:9000',
  redis: 'tcp 10.96.0.10:9000',
  mysql: 'tcp 10.96.0.10:9000',
  unknown: 'tcp 10.96.0.10:9000',
};

for (const istio of ['current', 'older'] as const) {
  await withOracle(
    `a Service that is limited to one port, ${istio} Istio`,
    (oracle) => {
      test.each(Object.keys(PROTOCOLS))('has the same filters there: %s', async (name) => {
        const api = service('payments/api', '10.96.0.10', [`9000:${name}`, '81:http']);
        const to = PROTOCOLS[name] ?? '';
        const { without, limited, codes } = await withAndWithout(oracle, istio, [api], to);
        expect(without.result.verdict).toBe('allowed');
        expect(without.chains).not.toEqual([]);
        expect(differencesOf(without.result, limited.result, { whole: true })).toEqual([]);
        expect(limited.chains).toEqual(without.chains);
        expect(codes).toEqual([]);
      });

      test('reads HTTP as a proxy does that declares HTTP_PROXY, which a Sidecar cannot say of one port', async () => {
        const api = service('payments/api', '10.96.0.10', ['9000:http_proxy', '81:http']);
        const to = 'http 10.96.0.10:9000 api.payments:9000';
        const { without, limited } = await withAndWithout(oracle, istio, [api], to);
        expect(without.chains).toEqual(['-> http_connection_manager']);
        expect(differencesOf(without.result, limited.result, { whole: true })).toEqual([]);
      });
    },
    { istio },
  );
}
