// Which errors, warnings and messages the API server, istiod's webhook and istioctl's analyzers have about objects.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import {
  address,
  call,
  external,
  istio,
  namespace,
  pod,
  proxy,
  service,
  sidecar,
  outcomeOf,
} from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const A = { app: 'a' };

await withOracle('validation', (oracle) => {
  const findings = async (...objects: readonly KubeObject[]) =>
    (await oracle.judge({ objects, proxies: [], probes: [], validate: true })).validation;
  const messages = async (...objects: readonly KubeObject[]) =>
    (await oracle.judge({ objects, proxies: [], probes: [], analyze: true })).messages;

  it('has no findings about valid objects', async () => {
    const valid = [
      sidecar('shop/egress', A, ['shop/api.stripe.com']),
      external('shop', 'api.stripe.com', ['443/TLS']),
      address('shop', 'cidr.example.internal', '203.0.113.0/24', 5432),
    ];
    expect(await findings(...valid)).toEqual([]);
  });

  it('reports the errors of the webhook', async () => {
    const found = await findings(
      sidecar('shop/without-hosts', A, [{ hosts: [] }]),
      sidecar('shop/short', A, ['shop/short']),
    );
    expect(found).toEqual([
      {
        object: 'Sidecar shop/without-hosts',
        errors: [expect.stringMatching(/^webhook: .*host/)],
        warnings: [],
      },
      {
        object: 'Sidecar shop/short',
        errors: [expect.stringMatching(/^webhook: .*short names/)],
        warnings: [],
      },
    ]);
  });

  it('reports the errors of the schema and of its CEL rules', async () => {
    const spec = { hosts: ['a.example.com'], resolution: 'DNS', addresses: ['10.0.0.0/8'] };
    const [found] = await findings(
      istio('ServiceEntry', 'shop/cidr', { ...spec, ports: [{ number: 1, name: 'tcp-1', protocol: 'TCP' }] }),
    );
    expect(found?.errors.filter((error) => error.startsWith('schema: '))).toEqual([
      expect.stringContaining('CIDR addresses are allowed only for NONE/STATIC resolution types'),
    ]);
    expect(found?.errors.filter((error) => error.startsWith('webhook: '))).not.toEqual([]);
  });

  it('reports the warnings of the webhook', async () => {
    const selector = istio('Sidecar', 'shop/empty', { workloadSelector: {}, egress: [{ hosts: ['./*'] }] });
    const [found] = await findings(selector);
    expect(found).toMatchObject({ errors: [], warnings: [expect.stringContaining('selector')] });
  });

  it('ignores an object that does not parse, which the API server would not store', async () => {
    const policy = { mode: 'ALLOW_ANY_DYNAMIC_DNS' };
    const objects = [sidecar('shop/egress', A, ['./*'], { policy })];
    const request = { objects, proxies: [proxy(A)], probes: [call('tcp 1.2.3.4:22')] };
    const { validation, proxies, results } = await oracle.judge({ ...request, validate: true });
    expect(validation).toMatchObject([{ object: 'Sidecar shop/egress' }]);
    expect(validation[0]?.errors).toHaveLength(2);
    expect(proxies).toEqual([{ sidecar: 'default' }]);
    expect(results.map(outcomeOf)).toEqual(['PassthroughCluster']);
    await expect(oracle.judge(request)).rejects.toThrow('Sidecar shop/egress: ');
  });

  it('judges an object that the webhook refuses as if it were stored', async () => {
    const objects = [sidecar('shop/egress', A, [{ hosts: [] }])];
    const { validation, proxies } = await oracle.judge({
      objects,
      proxies: [proxy(A)],
      probes: [],
      validate: true,
    });
    expect(validation).toHaveLength(1);
    expect(proxies).toEqual([{ sidecar: 'shop/egress' }]);
  });

  describe('the analyzers', () => {
    const shop = namespace('shop', { 'istio-injection': 'enabled' });

    it('report Sidecars whose selectors overlap on a pod', async () => {
      const [a, b] = [sidecar('shop/a', A, ['./*']), sidecar('shop/b', { tier: 'x' }, ['./*'])];
      const found = await messages(shop, pod('shop/pod', { ...A, tier: 'x' }), b, a);
      expect(found).toEqual([
        expect.objectContaining({ code: 'IST0110', level: 'Error', object: 'Sidecar shop/a' }),
        expect.objectContaining({ code: 'IST0110', level: 'Error', object: 'Sidecar shop/b' }),
      ]);
      expect(found[0]?.message).toContain('workload pod "pod"');
    });

    it('report two Sidecars for a whole namespace, and a selector that matches no pod', async () => {
      const [a, b] = [sidecar('shop/a', undefined, ['./*']), sidecar('shop/b', undefined, ['./*'])];
      const found = await messages(shop, a, b, sidecar('shop/c', A, ['./*']));
      expect(found.map(({ code, object }) => [code, object])).toEqual([
        ['IST0101', 'Sidecar shop/c'],
        ['IST0111', 'Sidecar shop/a'],
        ['IST0111', 'Sidecar shop/b'],
      ]);
    });

    it('have no message about valid objects', async () => {
      const valid = [
        pod('shop/pod', A),
        service('shop/api', '10.96.0.10', ['80:http']),
        sidecar('shop/egress', A, ['shop/api.stripe.com']),
        external('shop', 'api.stripe.com', ['443/TLS']),
      ];
      expect(await messages(shop, ...valid)).toEqual([]);
    });
  });
});
