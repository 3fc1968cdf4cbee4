// Which of several Sidecars governs a pod. istiod never merges them.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { istio, proxy, service, sidecar, outcomesOf } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

type Labels = Readonly<Record<string, string>>;
const A = { a: '1' };
const B = { b: '1' };
const BOTH = { ...A, ...B };
const ANY = ['./*'];

await withOracle('the precedence of Sidecars', (oracle) => {
  const governing = async (objects: readonly KubeObject[], ...pods: readonly Labels[]) => {
    const proxies = pods.map((labels) => proxy(labels));
    const judgement = await oracle.judge({ objects, proxies, probes: [] });
    return judgement.proxies.map((each) => each.sidecar);
  };

  it('is by age, not by how specific the selector is', async () => {
    const general = (at: number) => sidecar('shop/general', A, ANY, { at });
    const specific = (at: number) => sidecar('shop/specific', BOTH, ANY, { at });
    expect(await governing([specific(2), general(1)], BOTH, A)).toEqual(['shop/general', 'shop/general']);
    expect(await governing([general(2), specific(1)], BOTH, A)).toEqual(['shop/specific', 'shop/general']);
  });

  it('is by name, compared as bytes, if they were created in the same second', async () => {
    const names = ['a0', 'a.b', 'a-b', 'a'];
    const winners: string[] = [];
    for (const left of names.keys()) {
      const objects = names.slice(left).map((name) => sidecar(`shop/${name}`, A, ANY));
      winners.push(...(await governing(objects, A)));
    }
    expect(winners).toEqual(['shop/a', 'shop/a', 'shop/a', 'shop/a']);
    expect(
      await governing(
        names.slice(0, 3).map((name) => sidecar(`shop/${name}`, A, ANY)),
        A,
      ),
    ).toEqual(['shop/a-b']);
    expect(
      await governing(
        names.slice(0, 2).map((name) => sidecar(`shop/${name}`, A, ANY)),
        A,
      ),
    ).toEqual(['shop/a.b']);
  });

  it('puts a selector before the namespace default, and that before the mesh default', async () => {
    const objects = [
      sidecar('istio-system/mesh', undefined, ANY, { at: 1 }),
      sidecar('shop/namespace', undefined, ANY, { at: 2 }),
      sidecar('shop/selector', A, ANY, { at: 3 }),
    ];
    expect(await governing(objects, A, B)).toEqual(['shop/selector', 'shop/namespace']);
    expect(await governing(objects.slice(0, 1), A)).toEqual(['istio-system/mesh']);
    expect(await governing([], A)).toEqual(['default']);
  });

  it('distinguishes the mesh default from a Sidecar of the same name in the namespace', async () => {
    const objects = [sidecar('istio-system/default', undefined, ANY), sidecar('shop/default', A, ANY)];
    expect(await governing(objects, A, B)).toEqual(['shop/default', 'istio-system/default']);
  });

  it('applies a Sidecar with a selector in the root namespace to that namespace only', async () => {
    expect(await governing([sidecar('istio-system/mesh', A, ANY)], A)).toEqual(['default']);
  });

  it('treats an empty selector as one that matches every pod', async () => {
    const empty = istio(
      'Sidecar',
      'shop/empty',
      { workloadSelector: {}, egress: [{ hosts: ANY }] },
      { at: 1 },
    );
    const objects = [empty, sidecar('shop/selector', A, ANY, { at: 2 }), sidecar('shop/all', undefined, ANY)];
    expect(await governing(objects, A, B)).toEqual(['shop/empty', 'shop/empty']);
  });

  it('ignores Sidecars of namespaces that discoverySelectors exclude, and of other revisions', async () => {
    const mesh = { discoverySelectors: [{ matchLabels: { mesh: 'yes' } }] };
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { mesh: 'no' } } },
      sidecar('shop/egress', A, ANY),
    ];
    const { proxies } = await oracle.judge({ mesh, objects, proxies: [proxy(A)], probes: [] });
    expect(proxies).toEqual([{ sidecar: 'default' }]);
    const plain = sidecar('shop/other', A, ANY);
    const labelled = { ...plain, metadata: { ...plain.metadata, labels: { 'istio.io/rev': 'canary' } } };
    expect(await governing([labelled], A)).toEqual(['default']);
  });

  describe('for a pod that two selectors match', () => {
    const sidecars = (union: { readonly name: string; readonly at: number }) => [
      sidecar(`shop/${union.name}`, BOTH, ANY, union),
      sidecar('shop/s2', A, ANY, { at: 5 }),
      sidecar('shop/s3', B, ANY, { at: 6 }),
    ];
    const pods = [A, B, BOTH, { ...BOTH, more: 'x' }];

    it.each([
      ['older', { name: 's9', at: 4 }],
      ['of the same age with a name that sorts first', { name: 's1', at: 5 }],
    ])('gives the pod to the Sidecar with both labels if that is %s', async (_, union) => {
      const name = `shop/${union.name}`;
      expect(await governing(sidecars(union), ...pods)).toEqual(['shop/s2', 'shop/s3', name, name]);
    });

    it.each([
      ['younger', { name: 's1', at: 7 }],
      ['of the same age with a name that sorts last', { name: 's9', at: 5 }],
    ])('gives the pod to a Sidecar with one label if the one with both is %s', async (_, union) => {
      expect(await governing(sidecars(union), ...pods)).toEqual(['shop/s2', 'shop/s3', 'shop/s2', 'shop/s2']);
    });

    it('gives each pod its old or its final Sidecar while selectors move from one Sidecar to the next', async () => {
      const s1 = (labels: Labels) => sidecar('shop/s1', labels, ANY, { at: 1 });
      const s2 = (labels: Labels) => sidecar('shop/s2', labels, ANY, { at: 2 });
      const s3 = sidecar('shop/s3', B, ANY, { at: 3 });
      const states = [
        [s1(A), s2(B)],
        [s1(A), s2(B), s3],
        [s1(A), s2(A), s3],
        [s1(BOTH), s2(A), s3],
      ];
      const governed = await Promise.all(states.map((objects) => governing(objects, A, B, BOTH)));
      expect(governed).toEqual([
        ['shop/s1', 'shop/s2', 'shop/s1'],
        ['shop/s1', 'shop/s2', 'shop/s1'],
        ['shop/s1', 'shop/s3', 'shop/s1'],
        ['shop/s2', 'shop/s3', 'shop/s1'],
      ]);
    });
  });

  describe('for the policy on unknown destinations', () => {
    const api = service('shop/api', '10.96.0.10', ['80:http']);
    const under = async (policy: Readonly<Record<string, unknown>>, mode: string) => {
      const objects = [api, sidecar('shop/egress', A, ANY, { policy })];
      const request = { mesh: { outboundTrafficPolicy: { mode } }, objects, from: proxy(A) };
      return Object.values(await outcomesOf(oracle, request, ['http 1.2.3.4:80 evil.com', 'tcp 1.2.3.4:22']));
    };

    it('uses the mode of the Sidecar, or REGISTRY_ONLY if the Sidecar has a policy without a mode', async () => {
      expect(await under({ mode: 'REGISTRY_ONLY' }, 'ALLOW_ANY')).toEqual(['block-all', 'black-hole']);
      expect(await under({ mode: 'ALLOW_ANY' }, 'REGISTRY_ONLY')).toEqual([
        'PassthroughCluster',
        'PassthroughCluster',
      ]);
      expect(await under({}, 'ALLOW_ANY')).toEqual(['block-all', 'black-hole']);
    });
  });
});
