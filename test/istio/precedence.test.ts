// Which of several Sidecars governs a pod: istiod never merges them.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { istio, proxy, service, sidecar, verdictsOf } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

type Labels = Readonly<Record<string, string>>;
const A = { a: '1' };
const B = { b: '1' };
const BOTH = { ...A, ...B };
const ANY = ['./*'];

await withOracle('precedence of Sidecars', (oracle) => {
  const govern = async (objects: readonly KubeObject[], ...pods: readonly Labels[]) => {
    const proxies = pods.map((labels) => proxy(labels));
    const judgement = await oracle.judge({ objects, proxies, probes: [] });
    return judgement.proxies.map((each) => each.sidecar);
  };

  it('is by age, not by how specific a selector is', async () => {
    const general = (at: number) => sidecar('shop/general', A, ANY, { at });
    const specific = (at: number) => sidecar('shop/specific', BOTH, ANY, { at });
    expect(await govern([specific(2), general(1)], BOTH, A)).toEqual(['shop/general', 'shop/general']);
    expect(await govern([general(2), specific(1)], BOTH, A)).toEqual(['shop/specific', 'shop/general']);
  });

  it('is by name in bytes among Sidecars of one second', async () => {
    const names = ['a0', 'a.b', 'a-b', 'a'];
    const winners: string[] = [];
    for (const left of names.keys()) {
      const objects = names.slice(left).map((name) => sidecar(`shop/${name}`, A, ANY));
      winners.push(...(await govern(objects, A)));
    }
    expect(winners).toEqual(['shop/a', 'shop/a', 'shop/a', 'shop/a']);
    expect(
      await govern(
        names.slice(0, 3).map((name) => sidecar(`shop/${name}`, A, ANY)),
        A,
      ),
    ).toEqual(['shop/a-b']);
    expect(
      await govern(
        names.slice(0, 2).map((name) => sidecar(`shop/${name}`, A, ANY)),
        A,
      ),
    ).toEqual(['shop/a.b']);
  });

  it('prefers a selector to the namespace, and the namespace to the mesh', async () => {
    const objects = [
      sidecar('istio-system/mesh', undefined, ANY, { at: 1 }),
      sidecar('shop/namespace', undefined, ANY, { at: 2 }),
      sidecar('shop/selector', A, ANY, { at: 3 }),
    ];
    expect(await govern(objects, A, B)).toEqual(['shop/selector', 'shop/namespace']);
    expect(await govern(objects.slice(0, 1), A)).toEqual(['istio-system/mesh']);
    expect(await govern([], A)).toEqual(['default']);
  });

  it('tells a Sidecar of the mesh from one of the same name in the namespace', async () => {
    const objects = [sidecar('istio-system/default', undefined, ANY), sidecar('shop/default', A, ANY)];
    expect(await govern(objects, A, B)).toEqual(['shop/default', 'istio-system/default']);
  });

  it('leaves a Sidecar of the root namespace with a selector to that namespace', async () => {
    expect(await govern([sidecar('istio-system/mesh', A, ANY)], A)).toEqual(['default']);
  });

  it('counts an empty selector as one that matches every pod', async () => {
    const empty = istio(
      'Sidecar',
      'shop/empty',
      { workloadSelector: {}, egress: [{ hosts: ANY }] },
      { at: 1 },
    );
    const objects = [empty, sidecar('shop/selector', A, ANY, { at: 2 }), sidecar('shop/all', undefined, ANY)];
    expect(await govern(objects, A, B)).toEqual(['shop/empty', 'shop/empty']);
  });

  it('ignores namespaces that the mesh does not discover, and other revisions', async () => {
    const mesh = { discoverySelectors: [{ matchLabels: { mesh: 'yes' } }] };
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { mesh: 'no' } } },
      sidecar('shop/egress', A, ANY),
    ];
    const { proxies } = await oracle.judge({ mesh, objects, proxies: [proxy(A)], probes: [] });
    expect(proxies).toEqual([{ sidecar: 'default' }]);
    const other = sidecar('shop/other', A, ANY);
    const labelled = { ...other, metadata: { ...other.metadata, labels: { 'istio.io/rev': 'canary' } } };
    expect(await govern([labelled], A)).toEqual(['default']);
  });

  describe('a pod that two selectors match', () => {
    const lattice = (union: { readonly name: string; readonly at: number }) => [
      sidecar(`shop/${union.name}`, BOTH, ANY, union),
      sidecar('shop/s2', A, ANY, { at: 5 }),
      sidecar('shop/s3', B, ANY, { at: 6 }),
    ];
    const pods = [A, B, BOTH, { ...BOTH, more: 'x' }];

    it.each([
      ['older', { name: 's9', at: 4 }],
      ['of the same second and of a smaller name', { name: 's1', at: 5 }],
    ])('goes to the Sidecar of both if that is %s', async (_, union) => {
      const name = `shop/${union.name}`;
      expect(await govern(lattice(union), ...pods)).toEqual(['shop/s2', 'shop/s3', name, name]);
    });

    it.each([
      ['younger', { name: 's1', at: 7 }],
      ['of the same second and of a larger name', { name: 's9', at: 5 }],
    ])('stays with one of them if the Sidecar of both is %s', async (_, union) => {
      expect(await govern(lattice(union), ...pods)).toEqual(['shop/s2', 'shop/s3', 'shop/s2', 'shop/s2']);
    });

    it('is never without its old or its final Sidecar while one is put before others by shifting them', async () => {
      const s1 = (labels: Labels) => sidecar('shop/s1', labels, ANY, { at: 1 });
      const s2 = (labels: Labels) => sidecar('shop/s2', labels, ANY, { at: 2 });
      const s3 = sidecar('shop/s3', B, ANY, { at: 3 });
      const steps = [
        [s1(A), s2(B)],
        [s1(A), s2(B), s3],
        [s1(A), s2(A), s3],
        [s1(BOTH), s2(A), s3],
      ];
      const governed = await Promise.all(steps.map((objects) => govern(objects, A, B, BOTH)));
      expect(governed).toEqual([
        ['shop/s1', 'shop/s2', 'shop/s1'],
        ['shop/s1', 'shop/s2', 'shop/s1'],
        ['shop/s1', 'shop/s3', 'shop/s1'],
        ['shop/s2', 'shop/s3', 'shop/s1'],
      ]);
    });
  });

  describe('the policy for unknown destinations', () => {
    const api = service('shop/api', '10.96.0.10', ['80:http']);
    const under = async (policy: Readonly<Record<string, unknown>>, mode: string) => {
      const objects = [api, sidecar('shop/egress', A, ANY, { policy })];
      const world = { mesh: { outboundTrafficPolicy: { mode } }, objects, from: proxy(A) };
      return Object.values(await verdictsOf(oracle, world, ['http 1.2.3.4:80 evil.com', 'tcp 1.2.3.4:22']));
    };

    it('is that of the Sidecar, and REGISTRY_ONLY where its mode is absent', async () => {
      expect(await under({ mode: 'REGISTRY_ONLY' }, 'ALLOW_ANY')).toEqual(['block-all', 'black-hole']);
      expect(await under({ mode: 'ALLOW_ANY' }, 'REGISTRY_ONLY')).toEqual([
        'PassthroughCluster',
        'PassthroughCluster',
      ]);
      expect(await under({}, 'ALLOW_ANY')).toEqual(['block-all', 'black-hole']);
    });
  });
});
