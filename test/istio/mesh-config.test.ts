// In which spellings istiod reads its MeshConfig, and that we read the same: seen by which Sidecar of a root namespace governs a pod.
import { expect, it } from 'vitest';
import { parseMeshConfig } from '../../src/domain/kinds/mesh-config.ts';
import { proxy, sidecar } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const READ: readonly (readonly [text: string, root: string])[] = [
  ['rootNamespace: a', 'a'],
  ['root_namespace: a', 'a'],
  ['rootNamespace: a\nroot_namespace: b', 'a'],
  ['root_namespace: b\nrootNamespace: null', 'istio-system'],
  ['RootNamespace: a', 'istio-system'],
  ['rootNamespace: b\nrootNamespace: a', 'a'],
  ['rootNamespace: a\nenableTracing: true\nenableTracing: false', 'a'],
  ['rootNamespace: a\n---\nrootNamespace: b', 'a'],
  ['rootNamespace: a\n---\nb: [', 'a'],
  ['rootNamespace: a\n...\nrootNamespace: b', 'a'],
  ['x: &x { rootNamespace: a }\n<<: *x', 'a'],
  ['rootNamespace: a\nextension_providers: [{ zipkin: { service: z, port: 1 } }]', 'a'],
  ['rootNamespace: a\nservice_entry_visibility: { default_visibility: 1 }', 'a'],
];

const REFUSED: readonly string[] = [
  'rootNamespace: 5',
  'rootNamespace: a\ndefaultServiceExportTo: "."',
  'rootNamespace: a\ndefaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: true } }',
  'rootNamespace: a\ndefaultConfig: { interceptionMode: none }',
  'rootNamespace: [',
];

const SIDECARS = ['a', 'b', 'istio-system'].map((namespace) =>
  sidecar(`${namespace}/default`, undefined, ['./*']),
);

const read = (mesh: string) =>
  parseMeshConfig({ metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh } });

for (const version of ['current', 'older'] as const) {
  await withOracle(
    `MeshConfig, by istiod (${version})`,
    (oracle) => {
      const judge = (mesh: string) =>
        oracle.judge({ mesh, objects: SIDECARS, proxies: [proxy({ app: 'front' })], probes: [] });

      it.each(READ)('reads %j', async (text, root) => {
        const { proxies } = await judge(text);
        expect(proxies[0]?.sidecar).toBe(`${root}/default`);
        expect(read(text)?.rootNamespace).toBe(root);
      });

      it.each(REFUSED)('refuses %j', async (text) => {
        await expect(judge(text)).rejects.toThrow('failed to convert to proto');
        expect(read(text)).toBeUndefined();
      });
    },
    { istio: version },
  );
}
