// A namespace outside the discoverySelectors of MeshConfig: istiod knows nothing of it, and what entries name there is told.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { compiled, settingsWith } from '../support/compiler.ts';
import { alias, external, istio, namespace, outcomesOf, service } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const SELECTED = { mesh: 'enabled' };
const MESH = { discoverySelectors: [{ matchLabels: SELECTED }] };

const API = 'http 10.96.0.10:80 api.legacy.svc.cluster.local';
const DB = 'tls 203.0.113.9:443 db.example.com';
const WWW = 'tls 203.0.113.10:443 www.example.com';

const clusterWith = (labels: Readonly<Record<string, string>>, allow: object): readonly KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: JSON.stringify(MESH) },
  },
  namespace('shop', SELECTED),
  namespace('legacy', labels),
  service('legacy/api', '10.96.0.10', ['80:http']),
  external('legacy', 'db.example.com', ['443/TLS'], { exportTo: ['*'] }),
  external('legacy', 'www.example.com', ['443/TLS'], { exportTo: ['*'] }),
  alias('shop/alias', 'api.legacy.svc.cluster.local'),
  istio('VirtualService', 'legacy/api', {
    hosts: ['api.legacy.svc.cluster.local'],
    http: [{ timeout: '1s', route: [{ destination: { host: 'api.legacy.svc.cluster.local' } }] }],
  }),
  {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name: 'app', namespace: 'shop', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { workloadSelector: { matchLabels: { app: 'checkout' } }, allow: [allow] },
  },
];

await withOracle('a namespace that discoverySelectors do not select', (oracle) => {
  /** The outcome of the call, and the codes of the findings about the entry. */
  const judged = async (
    labels: Readonly<Record<string, string>>,
    allow: object,
    call: string,
  ): Promise<readonly [outcome: string | undefined, codes: readonly string[]]> => {
    const cluster = clusterWith(labels, allow);
    const settings = settingsWith({ trustedNamespaces: ['legacy'] });
    const { manifests, compilation } = compiled(cluster, 'shop', settings);
    const objects = [
      ...cluster.filter(({ kind }) => kind !== 'ConfigMap' && kind !== 'EgressIntent'),
      ...(manifests as readonly unknown[] as readonly KubeObject[]),
    ];
    const outcomes = await outcomesOf(oracle, { mesh: MESH, objects }, [call]);
    return [outcomes[call], compilation.diagnostics.map(({ code }) => code)];
  };

  describe.each([
    { what: 'a Service', allow: { service: { name: 'api', namespace: 'legacy' } }, call: API },
    {
      what: 'a port of a Service',
      allow: { service: { name: 'api', namespace: 'legacy' }, ports: [{ port: 80 }] },
      call: API,
    },
    { what: 'the namespace', allow: { namespace: { name: 'legacy' } }, call: API },
    {
      what: 'a port of the namespace',
      allow: { namespace: { name: 'legacy' }, ports: [{ port: 80 }] },
      call: API,
    },
    {
      what: 'a ServiceEntry',
      allow: { serviceEntry: { host: 'db.example.com', namespace: 'legacy' } },
      call: DB,
    },
    { what: 'an ExternalName Service for it', allow: { service: { name: 'alias' } }, call: API },
  ])('with an entry for $what', ({ allow, call }) => {
    it('cannot be called, and the entry says why', async () => {
      const [outcome, codes] = await judged({}, allow, call);
      expect(outcome).not.toMatch(/^outbound\|/);
      expect(codes).toEqual(['NamespaceNotDiscovered']);
    });

    it('can be called once it has the label', async () => {
      const [outcome, codes] = await judged(SELECTED, allow, call);
      expect(outcome).toMatch(/^outbound\|/);
      expect(codes).not.toContain('NamespaceNotDiscovered');
    });
  });

  it('registers no host for others, so a host entry registers its own', async () => {
    expect(await judged({}, { host: 'www.example.com' }, WWW)).toEqual(['outbound|443||www.example.com', []]);
    const [outcome, codes] = await judged(SELECTED, { host: 'www.example.com' }, WWW);
    expect([outcome, codes]).toEqual(['outbound|443||www.example.com', ['RegistrationFollowed']]);
  });
});
