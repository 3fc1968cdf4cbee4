// A random world as Kubernetes and Istio objects, without the managed ones. They have fields that are null or empty, as pipelines write them.
import type { KubeObject } from '../support/cluster.ts';
import { withOddFields, withOddMeshConfig } from '../support/odd-fields.ts';
import { secondsYounger } from './distinct-ages.ts';
import { hostsOf, OTHER_NAMESPACES, SHOP, type WorldSpec } from './world-spec.ts';

/** When the managed objects are created. Foreign objects are an hour older or younger. */
export const START_TIME = Date.UTC(2026, 0, 1, 12);
const timestamp = (older: boolean, seconds = 0): string =>
  new Date(START_TIME + (older ? -3_600_000 : 3_600_000) + 1_000 * seconds).toISOString().replace('.000', '');

const CLUSTER_IPS = '10.96.0.';
export const KUBE_DNS = '10.96.0.2';

/** Every object but the intents, which the oracle does not know. */
export function clusterObjects(world: WorldSpec): readonly KubeObject[] {
  const seconds = secondsYounger(world.serviceEntries);
  const objects: readonly KubeObject[] = [
    ...[SHOP, ...OTHER_NAMESPACES, 'entries', 'infra', 'istio-system', 'kube-system'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })),
    kubeDns,
    ...meshObjects(world),
    ...world.services.flatMap(serviceObjects),
    ...world.serviceEntries.map((entry, index) => entryObject(entry, index, seconds[index])),
    ...world.sidecars.map(sidecarObject),
    ...world.pods.map(podObject),
    ...(world.routing ?? []),
  ];
  return objects.map((object) => withOddFields(object, oddSeedOf(world)));
}

/** Depends on the world, so that over many worlds every object has every odd field, and the same world has always the same. */
const oddSeedOf = ({ istioVersion, services, intents }: WorldSpec): number =>
  JSON.stringify([istioVersion, services, intents]).length;

/** MeshConfig, without Istio's defaults. */
export const meshConfigOf = ({ exportToByDefault: exportTo }: WorldSpec) =>
  exportTo.length === 0
    ? {}
    : {
        defaultServiceExportTo: exportTo,
        defaultVirtualServiceExportTo: exportTo,
        defaultDestinationRuleExportTo: exportTo,
      };

const meshObjects = (world: WorldSpec): readonly KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: JSON.stringify(withOddMeshConfig(meshConfigOf(world), oddSeedOf(world))) },
  },
];

export const intentObjects = (world: WorldSpec): readonly KubeObject[] =>
  world.intents.map((intent, index) => withOddFields(intentObject(intent, index), oddSeedOf(world)));

const intentObject = (
  { selector, mode, allow }: WorldSpec['intents'][number],
  index: number,
): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: {
    name: `intent-${index}`,
    namespace: SHOP,
    uid: `uid-${index}`,
    creationTimestamp: `2025-01-01T00:00:${String(index).padStart(2, '0')}Z`,
  },
  spec: { workloadSelector: { matchLabels: selector }, mode, allow },
});

const kubeDns: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kube-dns', namespace: 'kube-system', creationTimestamp: timestamp(true) },
  spec: {
    clusterIP: KUBE_DNS,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  },
};

/** The address of a Service, or of the only endpoint of a headless Service. */
export const addressOf = (index: number, kind: string): string =>
  kind === 'headless' ? `10.44.1.${index + 1}` : `${CLUSTER_IPS}${index + 10}`;

function serviceObjects(service: WorldSpec['services'][number], index: number): readonly KubeObject[] {
  const { namespace, name, kind, ports, externalName, exportTo } = service;
  const annotations = exportTo === '' ? {} : { annotations: { 'networking.istio.io/exportTo': exportTo } };
  const metadata = { name, namespace, creationTimestamp: timestamp(true), ...annotations };
  if (kind === 'external-name') {
    return [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ExternalName', externalName } }];
  }
  const listed = ports.map((port, at) => ({
    name: port.name === '' ? `p${at}` : port.name,
    port: port.number,
    protocol: port.protocol ?? 'TCP',
  }));
  const clusterIP = kind === 'headless' ? 'None' : addressOf(index, kind);
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP, ports: listed } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [`10.44.1.${index + 1}`], conditions: { ready: true } }],
      ports: listed.map(({ name: portName, port, protocol }) => ({ name: portName, port, protocol })),
    },
  ];
}

const ADDRESSES = {
  one: (index: number) => [`192.0.2.${index + 7}`],
  several: (index: number) => [17, 27, 37].map((from) => `192.0.2.${index + from}`),
  range: (index: number) => [`192.0.2.${64 * (index + 1)}/26`],
  granted: (index: number) => [`203.0.113.${index + 7}`],
} as const;

/** The addresses to which clients of the ServiceEntry connect, if the ServiceEntry names any. */
export const serviceEntryAddresses = (
  { addresses }: WorldSpec['serviceEntries'][number],
  index: number,
): readonly string[] =>
  addresses === 'none' ? [] : ADDRESSES[addresses](index).map((address) => address.replace('/26', ''));

function entryObject(
  entry: WorldSpec['serviceEntries'][number],
  index: number,
  seconds: number | undefined,
): KubeObject {
  const { namespace, addresses, resolution, ports, exportTo, older } = entry;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: `foreign-${index}`, namespace, creationTimestamp: timestamp(older, seconds) },
    spec: {
      hosts: hostsOf(entry),
      ...(addresses === 'none' ? {} : { addresses: ADDRESSES[addresses](index) }),
      ...(exportTo.length === 0 ? {} : { exportTo }),
      location: 'MESH_EXTERNAL',
      resolution,
      ...(resolution === 'STATIC' ? { endpoints: [{ address: `10.9.9.${index + 1}` }] } : {}),
      ports: ports.map(({ number, protocol, ...more }) => ({
        number,
        name: `${protocol.toLowerCase()}-${number}`,
        protocol,
        ...more,
      })),
    },
  };
}

const sidecarObject = ({ selector, older }: WorldSpec['sidecars'][number], index: number): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: `foreign-${index}`, namespace: SHOP, creationTimestamp: timestamp(older) },
  spec: {
    ...(selector === undefined ? {} : { workloadSelector: { labels: selector } }),
    egress: [{ hosts: ['./*'] }],
  },
});

export const podName = (index: number): string => `pod-${index}`;

const podObject = (labels: WorldSpec['pods'][number], index: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: podName(index),
    namespace: SHOP,
    labels,
    annotations: { 'sidecar.istio.io/status': '{}' },
  },
  spec: { containers: [{ name: 'istio-proxy', image: 'proxyv2' }] },
});
