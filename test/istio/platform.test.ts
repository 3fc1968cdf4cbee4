// Closing what leaves a pod breaks nothing that arrives: whatever the mesh has a proxy call is listed, so no listener names a
// cluster that the proxy does not have.
import { expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { compiled } from '../support/compiler.ts';
import { exampleOf } from '../support/golden.ts';
import { istio, proxy, service } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const FRONT = { app: 'front' };
const { objects: EXAMPLE } = exampleOf('platform-hosts');
const world = EXAMPLE as readonly KubeObject[];
const MESH = {
  extensionProviders: [
    { name: 'zipkin', zipkin: { service: 'zipkin.istio-system.svc.cluster.local', port: 9411 } },
    {
      name: 'ext-authz',
      envoyExtAuthzGrpc: { service: 'auth/ext-authz.auth.svc.cluster.local', port: 9000 },
    },
    { name: 'otel', envoyOtelAls: { service: 'logs.example.com', port: 4317 } },
  ],
  defaultProviders: { tracing: ['zipkin'] },
};
const CONFIG_MAP: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh: JSON.stringify(MESH) },
};
/** What the mesh's providers are, one of them a host outside. */
const BACKENDS: readonly KubeObject[] = [
  service('istio-system/zipkin', '10.96.1.1', ['9411:http']),
  service('auth/ext-authz', '10.96.1.2', ['9000:grpc', '9001:http']),
  istio('ServiceEntry', 'istio-system/logs', {
    hosts: ['logs.example.com'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [{ number: 4317, name: 'grpc', protocol: 'GRPC' }],
  }),
  {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name: 'logs', namespace: 'shop' },
    spec: { accessLogging: [{ providers: [{ name: 'otel' }] }] },
  },
];
const CLUSTERS = [
  'outbound|4317||logs.example.com',
  'outbound|9000||ext-authz.auth.svc.cluster.local',
  'outbound|9411||zipkin.istio-system.svc.cluster.local',
];

await withOracle('what the mesh has its proxies call', (oracle) => {
  /** Of a front pod, once everything stands that is generated for what the compiler is shown. */
  const dumpOf = async (shown: readonly KubeObject[]) => {
    const { manifests } = compiled(shown, 'shop');
    const others = world.filter(({ kind }) => kind !== 'EgressIntent' && kind !== 'ConfigMap');
    const { proxies } = await oracle.judge({
      mesh: MESH,
      objects: [...others, ...BACKENDS, ...(manifests as readonly unknown[] as readonly KubeObject[])],
      proxies: [proxy(FRONT)],
      probes: [],
      dump: true,
    });
    return proxies[0];
  };
  const everything = [...world.filter(({ kind }) => kind !== 'ConfigMap'), CONFIG_MAP, ...BACKENDS];

  it('is listed, so that no listener names a cluster that is not there', async () => {
    const front = await dumpOf(everything);
    expect(front?.sidecar).toMatch(/^shop\/egress-intent/);
    expect(front?.dump?.dangling).toEqual([]);
    expect(front?.dump?.clusters.map(({ name }) => name)).toEqual(expect.arrayContaining(CLUSTERS));
  });

  it('would be missed by listeners of calls that arrive, were it not listed', async () => {
    const front = await dumpOf(everything.filter(({ kind }) => kind !== 'ConfigMap'));
    expect(front?.dump?.dangling).toEqual(CLUSTERS);
  });
});
