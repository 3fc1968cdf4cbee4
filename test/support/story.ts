// The objects of the red, green and blue story, for the demo and the tests: the app of namespace red may call green,
// blue and www.google.com, and nothing else.
import type { KubeObject, Ref } from './cluster.ts';

export const RED_APP = { app: 'nginx-red-1' } as const;

/** One item of an intent's `allow` list. */
export type AllowEntry = Readonly<Record<string, unknown>>;

export const GREEN: AllowEntry = { namespace: { name: 'green' } };
export const BLUE_SVC: AllowEntry = { service: { name: 'nginx-blue-svc', namespace: 'blue' } };
export const GOOGLE: AllowEntry = {
  host: 'www.google.com',
  ports: [
    { port: 443, protocol: 'TLS' },
    { port: 80, protocol: 'HTTP' },
  ],
};
export const REGISTERED: AllowEntry = { serviceEntry: { host: 'api.example.com', namespace: 'entries' } };

export type IntentOptions = {
  readonly name?: string;
  /** Default: every workload of the namespace. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly mode?: 'Enforce' | 'Audit';
};

/** An intent in namespace red. */
export function intent(
  allow: readonly AllowEntry[],
  { name = 'red', selector, mode }: IntentOptions = {},
): KubeObject {
  return {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name, namespace: 'red' },
    spec: {
      ...(selector === undefined ? {} : { workloadSelector: { matchLabels: selector } }),
      ...(mode === undefined ? {} : { mode }),
      allow,
    },
  };
}

/** The intent as the controller cannot read it. Only the lenient definition of deploy.ts lets an API server store it. */
export const unreadable = (object: KubeObject): KubeObject => ({
  ...object,
  spec: { ...(object['spec'] as object), mode: 'Of' },
});

/** The intent `red`, which selects the app of namespace red. */
export const appIntent = (allow: readonly AllowEntry[], mode?: 'Enforce' | 'Audit'): KubeObject =>
  intent(allow, { selector: RED_APP, ...(mode === undefined ? {} : { mode }) });

export const namespaceObject = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'istio-injection': 'enabled' } },
});

/** A pod as Istio's sidecar injector writes it. */
export const podObject = (
  name: string,
  namespace: string,
  labels: Readonly<Record<string, string>> = { name, app: name },
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace,
    labels,
    annotations: { 'sidecar.istio.io/status': '{"containers":["istio-proxy"]}' },
  },
  spec: {
    containers: [
      { name: 'nginx', image: 'nginx' },
      { name: 'istio-proxy', image: 'proxyv2' },
    ],
  },
});

export const serviceObject = (name: string, namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ name: 'http', port: 80 }] },
});

/** The ServiceEntry of the platform team, exported to every namespace or to those of `exportTo`. */
export const platformEntry = (exportTo: readonly string[] = ['*']): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'api-example-com', namespace: 'entries' },
  spec: {
    hosts: ['api.example.com'],
    exportTo,
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [
      { number: 443, name: 'tls', protocol: 'TLS' },
      { number: 80, name: 'http', protocol: 'HTTP' },
    ],
  },
});

/** Every object of the story except its intents, in an order in which they can be created. */
export const storyObjects: readonly KubeObject[] = [
  ...['red', 'green', 'blue', 'entries'].map(namespaceObject),
  podObject('nginx-red-1', 'red'),
  podObject('nginx-green-1', 'green'),
  podObject('nginx-blue-1', 'blue'),
  serviceObject('nginx-red-svc', 'red'),
  serviceObject('nginx-green-svc', 'green'),
  serviceObject('nginx-blue-svc', 'blue'),
  serviceObject('second-blue-svc', 'blue'),
  platformEntry(),
];

export const intentRef = (name = 'red'): Ref => ({
  apiVersion: 'egressintent.io/v1alpha1',
  plural: 'egressintents',
  namespace: 'red',
  name,
});

/** The collections of managed objects in namespace red. */
export const GENERATED = {
  sidecars: { apiVersion: 'networking.istio.io/v1', plural: 'sidecars', namespace: 'red' },
  serviceEntries: { apiVersion: 'networking.istio.io/v1', plural: 'serviceentries', namespace: 'red' },
} as const satisfies Record<string, Omit<Ref, 'name'>>;

/** The pod of an istiod; without a revision it does not say which it is. */
export const istiodPod = (revision: string | undefined, index: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `istiod-${index}`,
    namespace: 'istio-system',
    labels: { app: 'istiod', ...(revision === undefined ? {} : { 'istio.io/rev': revision }) },
  },
});
