// Random changes of a cluster: objects of several random worlds come, change and go, the controller writes, and the platform team edits its settings.
import * as fc from 'fast-check';
import { fidelityWorld } from '../proof/fidelity-worlds.ts';
import { clusterObjects, intentObjects } from '../proof/objects.ts';
import { arbitraryWorld } from '../proof/arbitrary-worlds.ts';
import type { SettingsInput } from '../../src/domain/settings.ts';
import type { LiveSidecar } from '../../src/domain/kinds/sidecar.ts';
import type { KubeObject } from './cluster.ts';
import { definition } from './changing-cluster.ts';

export type Change =
  | { readonly kind: 'put' | 'remove'; readonly object: KubeObject }
  | { readonly kind: 'settings'; readonly settings: SettingsInput }
  /** The controller carries out its plan, or writes its statuses, or both. */
  | { readonly kind: 'write'; readonly plan: boolean; readonly statuses: boolean }
  /** Somebody else changes a Sidecar of the namespace, whichever is at that place. */
  | { readonly kind: 'meddle'; readonly place: number; readonly sidecar: Partial<LiveSidecar> };

export type Changes = { readonly start: readonly KubeObject[]; readonly changes: readonly Change[] };

const VERSIONS = ['1.29', '1.30', '1.31'] as const;

const world = fc.oneof(arbitraryWorld({ versions: VERSIONS }), fidelityWorld(VERSIONS));

const objectsOf = (spec: Parameters<typeof clusterObjects>[0]): readonly KubeObject[] => [
  ...clusterObjects(spec),
  ...intentObjects(spec),
];

const named = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: object,
  namespace?: string,
): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  ...rest,
});

const meshConfig = (mesh: object): KubeObject =>
  named('v1', 'ConfigMap', 'istio', { data: { mesh: JSON.stringify(mesh) } }, 'istio-system');

const intent = (index: number, spec: object): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: {
    name: `intent-${index}`,
    namespace: 'shop',
    uid: `uid-${index}`,
    creationTimestamp: `2025-01-01T00:00:0${index}Z`,
  },
  spec,
});

const paused = ({ metadata, ...rest }: KubeObject): KubeObject => ({
  ...rest,
  metadata: { ...metadata, annotations: { 'egressintent.io/paused': 'true' } },
});

/** What the worlds do not have. */
const FURTHER: readonly KubeObject[] = [
  meshConfig({ defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } } }),
  meshConfig({ discoverySelectors: [{ matchLabels: { seen: 'yes' } }] }),
  meshConfig({ rootNamespace: 'infra', defaultServiceExportTo: ['.'] }),
  meshConfig({
    defaultProviders: { tracing: ['traces'] },
    extensionProviders: [{ name: 'traces', zipkin: { service: 'api.pay.svc.cluster.local', port: 9411 } }],
  }),
  ...['shop', 'pay', 'infra'].flatMap((name) => [
    { ...named('v1', 'Namespace', name, {}), metadata: { name, labels: { seen: 'yes' } } },
    { ...named('v1', 'Namespace', name, {}), metadata: { name, labels: {} } },
  ]),
  ...['shop', 'istio-system'].flatMap((namespace) => [
    named(
      'networking.istio.io/v1alpha3',
      'EnvoyFilter',
      'filter',
      { spec: { configPatches: [{ applyTo: 'CLUSTER' }] } },
      namespace,
    ),
    named(
      'telemetry.istio.io/v1',
      'Telemetry',
      'traced',
      { spec: { tracing: [{ providers: [{ name: 'traces' }] }] } },
      namespace,
    ),
  ]),
  named(
    'networking.istio.io/v1',
    'DestinationRule',
    'chosen',
    {
      spec: { host: '*.pay.svc.cluster.local', trafficPolicy: { loadBalancer: { simple: 'PASSTHROUGH' } } },
    },
    'pay',
  ),
  named(
    'networking.istio.io/v1',
    'Sidecar',
    'tenant',
    { spec: { workloadSelector: { labels: { a: '1' } }, egress: [] } },
    'shop',
  ),
  named('v1', 'Pod', 'istiod-1', {}, 'istio-system'),
  ...[0, 1].flatMap((index) => [
    intent(index, { mode: 'Sometimes', allow: [] }),
    paused(intent(index, { mode: 'Enforce', allow: [{ host: 'a.ext.com' }] })),
    intent(index, {
      mode: 'Enforce',
      allow: [{ cidr: '10.96.0.0/24', ports: [{ port: 80 }, { port: 5432 }] }],
    }),
    intent(index, {
      mode: 'Audit',
      workloadSelector: { matchLabels: { a: '1' } },
      allow: [{ host: 'a.ext.com' }],
    }),
    intent(index, {
      mode: 'Enforce',
      workloadSelector: { matchLabels: { a: '1' } },
      allow: [{ host: 'a.ext.com', ports: [{ port: 5432, protocol: 'TCP' }] }],
    }),
    intent(index, {
      mode: 'Enforce',
      allow: [{ host: '*.ext.com' }, { serviceEntry: { host: 'b.ext.com' } }],
    }),
  ]),
  definition('first'),
  definition('second'),
];

const settings: fc.Arbitrary<SettingsInput> = fc.record({
  istioVersion: fc.constantFrom(...VERSIONS),
  dnsCapture: fc.constantFrom(true, false, undefined),
  trustedNamespaces: fc.constantFrom<string[]>([], ['infra']),
});

const changeAmong = (objects: readonly KubeObject[]): fc.Arbitrary<Change> => {
  const object = fc.constantFrom(...objects);
  const ours = objects.filter(({ kind }) => kind === 'EgressIntent');
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), object }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('put' as const), object: fc.constantFrom(...ours) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('put' as const), object: fc.constantFrom(...FURTHER) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), object }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settings' as const), settings }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        plan: fc.boolean(),
        statuses: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('meddle' as const),
        place: fc.nat(3),
        sidecar: fc.constantFrom<Partial<LiveSidecar>>(
          { egress: [] },
          { creationTimestamp: '2020-01-01T00:00:00Z' },
          { creationTimestamp: '2030-01-01T00:00:00Z' },
          { isTerminating: true },
        ),
      }),
    },
  );
};

const tlsHost = (...ports: readonly number[]): object => ({
  host: 'a.ext.com',
  ports: ports.map((port) => ({ port, protocol: 'TLS' })),
});

/**
 * What one of several intents may be, which take port 443 from one another: once the host has a second port, a range cannot have the port of the
 * first too.
 */
const conflicting = (index: number): readonly KubeObject[] =>
  [
    [tlsHost(443)],
    [tlsHost(8443)],
    [tlsHost(8443), tlsHost(9443)],
    [{ cidr: '203.0.113.0/24', ports: [{ port: 443 }] }],
    [tlsHost(443), { cidr: '203.0.113.0/24', ports: [{ port: 443 }] }],
  ].flatMap((allow) => [
    intent(index, { mode: 'Enforce', allow }),
    intent(index, { mode: 'Enforce', workloadSelector: { matchLabels: { a: '1' } }, allow }),
  ]);

/** What happens among intents of which some displace others. */
export function conflictingChanges(length: number): fc.Arbitrary<Changes> {
  const each = [0, 1, 2, 3, 4].map(conflicting);
  return fc.record({
    start: fc.tuple(...each.map((possible) => fc.constantFrom(...possible))),
    changes: fc.array(changeAmong(each.flat()), { minLength: 1, maxLength: length }),
  });
}

/** A random cluster, and what happens to it. */
export const arbitraryChanges = (length: number): fc.Arbitrary<Changes> =>
  fc.tuple(world, world).chain(([first, second]) => {
    const start = objectsOf(first);
    return fc.record({
      start: fc.constant(start),
      changes: fc.array(changeAmong([...start, ...objectsOf(second)]), { minLength: 1, maxLength: length }),
    });
  });
