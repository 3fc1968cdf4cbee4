// Restricting outbound calls does not break inbound ones: the Sidecar lists the providers of tracing, logging and authorization, so
// every cluster that a listener names exists.
import { expect, it } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { compiled } from '../support/compiler.ts';
import { exampleOf } from '../support/golden.ts';
import { istio, proxy, service } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';

const FRONT = { app: 'front' };
const EXAMPLE = exampleOf('platform-hosts').objects as readonly KubeObject[];
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
/** The Services of the providers; the provider of access logs is an outside host. */
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

await withOracle('a provider that MeshConfig or Telemetry names', (oracle) => {
  /** The configuration of a front pod with the objects that the compiler generates from `compilerInput`. */
  const dumpOf = async (compilerInput: readonly KubeObject[]) => {
    const { manifests } = compiled(compilerInput, 'shop');
    const cluster = EXAMPLE.filter(({ kind }) => kind !== 'EgressIntent' && kind !== 'ConfigMap');
    const { proxies } = await oracle.judge({
      mesh: MESH,
      objects: [...cluster, ...BACKENDS, ...(manifests as readonly unknown[] as readonly KubeObject[])],
      proxies: [proxy(FRONT)],
      probes: [],
      dump: true,
    });
    return proxies[0];
  };
  const everything = [...EXAMPLE.filter(({ kind }) => kind !== 'ConfigMap'), CONFIG_MAP, ...BACKENDS];

  it('is listed, so that every cluster that a listener names exists', async () => {
    const front = await dumpOf(everything);
    expect(front?.sidecar).toMatch(/^shop\/egress-intent/);
    expect(front?.dump?.dangling).toEqual([]);
    expect(front?.dump?.clusters.map(({ name }) => name)).toEqual(expect.arrayContaining(CLUSTERS));
  });

  it('has no cluster if the compiler does not know MeshConfig, although listeners name it', async () => {
    const front = await dumpOf(everything.filter(({ kind }) => kind !== 'ConfigMap'));
    expect(front?.dump?.dangling).toEqual(CLUSTERS);
  });
});
