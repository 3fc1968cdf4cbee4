// Kubernetes and Istio objects as short literals, and the snapshot of namespace `shop` among them, for tests of rules that read the cluster.
// A name is `namespace/name`.
import { assemble } from '../../src/cluster/assemble.ts';
import { clusterFromObjects } from '../../src/cluster/from-objects.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import type { Intent } from '../../src/domain/egress-intent/intent.ts';
import { parseCidr, type Cidr } from '../../src/domain/network.ts';
import type { SettingsInput } from '../../src/domain/settings.ts';
import { settingsWith } from './compiler.ts';

export type ClusterObject = Readonly<Record<string, unknown>>;

const object = (
  apiVersion: string,
  kind: string,
  fullName: string,
  spec: object,
  metadata: object = {},
): ClusterObject => {
  const [namespace, name] = fullName.split('/');
  return { apiVersion, kind, metadata: { name, namespace, ...metadata }, spec };
};

/** Port numbers by port name; Istio takes the protocol from the name. */
type NamedPorts = Readonly<Record<string, number>>;

const servicePorts = (ports: NamedPorts) => Object.entries(ports).map(([name, port]) => ({ name, port }));

export const service = (fullName: string, ports: NamedPorts, annotations: object = {}): ClusterObject =>
  object('v1', 'Service', fullName, { clusterIP: '10.96.0.10', ports: servicePorts(ports) }, { annotations });

export const headless = (fullName: string, ports: NamedPorts): ClusterObject =>
  object('v1', 'Service', fullName, { clusterIP: 'None', ports: servicePorts(ports) });

export const externalName = (fullName: string, target: string): ClusterObject =>
  object('v1', 'Service', fullName, { type: 'ExternalName', externalName: target });

/** A foreign ServiceEntry for TLS on port 443, except for what is given. */
export const serviceEntry = (fullName: string, spec: object, metadata: object = {}): ClusterObject =>
  object(
    'networking.istio.io/v1',
    'ServiceEntry',
    fullName,
    { resolution: 'DNS', ports: [{ number: 443, name: 'tls', protocol: 'TLS' }], ...spec },
    metadata,
  );

export const MANAGED = { labels: { 'app.kubernetes.io/managed-by': 'egress-intent' } };

export const created = (day: string) => ({ creationTimestamp: `2026-01-${day}T00:00:00Z` });

export const virtualService = (fullName: string, spec: object): ClusterObject =>
  object('networking.istio.io/v1', 'VirtualService', fullName, spec);

/** A route of a VirtualService to one host. */
export const routeTo = (host: string, port?: number) => ({
  route: [{ destination: { host, ...(port === undefined ? {} : { port: { number: port } }) } }],
});

export const destinationRule = (fullName: string, spec: object): ClusterObject =>
  object('networking.istio.io/v1', 'DestinationRule', fullName, spec);

export const PASSTHROUGH = { trafficPolicy: { loadBalancer: { simple: 'PASSTHROUGH' } } };

export const envoyFilter = (fullName: string, spec: object): ClusterObject =>
  object('networking.istio.io/v1alpha3', 'EnvoyFilter', fullName, spec);

export const telemetry = (fullName: string, spec: object): ClusterObject =>
  object('telemetry.istio.io/v1', 'Telemetry', fullName, spec);

export const authorizationPolicy = (fullName: string, spec: object): ClusterObject =>
  object('security.istio.io/v1', 'AuthorizationPolicy', fullName, spec);

export const requestAuthentication = (fullName: string, spec: object): ClusterObject =>
  object('security.istio.io/v1', 'RequestAuthentication', fullName, spec);

/** Istio's ConfigMap, with a MeshConfig in YAML. */
export const meshConfig = (mesh: string, name = 'istio'): ClusterObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'istio-system' },
  data: { mesh },
});

export const pod = (name: string, labels: Readonly<Record<string, string>>): ClusterObject =>
  object('v1', 'Pod', `shop/${name}`, {}, { labels });

export function snapshotOf(
  objects: readonly ClusterObject[],
  { intents, ...settings }: SettingsInput & { readonly intents?: readonly Intent[] } = {},
): Snapshot {
  const state = clusterFromObjects(objects).objectsIn('shop');
  return assemble('shop', { ...state, intents: intents ?? state.intents }, settingsWith(settings));
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(`${text} is ${parsed.error}`);
  return parsed.value;
}

/** An intent of namespace `shop` for the pods with label `app: web`. */
export const webIntent = (allow: readonly object[]): ClusterObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { workloadSelector: { matchLabels: { app: 'web' } }, allow },
});
