// The routing that platform, provider and caller have in fidelity.test.ts: Istio's tasks for an egress gateway and for TLS
// origination, a canary with a timeout, and routes of the Gateway API with a Service as their parent.
import type { KubeObject } from '../support/cluster.ts';

const ISTIO = 'networking.istio.io/v1';
const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** The labels and the namespace are those of Istio's chart, and so are the ports. */
export const EGRESS_GATEWAY = {
  name: 'istio-egressgateway',
  namespace: 'istio-system',
  labels: { istio: 'egressgateway' },
  ports: [
    { name: 'http2', port: 80, targetPort: 8080 },
    { name: 'https', port: 443, targetPort: 8443 },
  ],
} as const;
const GATEWAY_HOST = 'istio-egressgateway.istio-system.svc.cluster.local';

type PortOfEntry = {
  readonly number: number;
  readonly name: string;
  readonly protocol: string;
  readonly targetPort?: number;
};
const HTTP: PortOfEntry = { number: 80, name: 'http-port', protocol: 'HTTP' };

/**
 * Sends calls to the host through the egress gateway, on 80 and with TLS on 443. Source: istio.io, "Egress Gateways", both
 * parts in one. Where the objects are the platform's, the route names a subset of the gateway, as there. A DestinationRule
 * of a caller for the gateway would hide all of the platform's from that caller.
 */
export function throughEgressGateway(host: string, namespace: string): readonly KubeObject[] {
  const name = nameOf(host);
  const metadata = { name, namespace };
  const gateway = `${namespace}/${name}`;
  const subset = namespace === EGRESS_GATEWAY.namespace ? name : undefined;
  const toGateway = (port: number) => [
    { destination: { host: GATEWAY_HOST, subset, port: { number: port } } },
  ];
  const toHost = (port: number) => [{ destination: { host, port: { number: port } } }];
  return [
    serviceEntry(host, namespace, [HTTP, { number: 443, name: 'tls', protocol: 'TLS' }]),
    {
      apiVersion: ISTIO,
      kind: 'Gateway',
      metadata,
      spec: {
        selector: EGRESS_GATEWAY.labels,
        servers: [
          { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host] },
          {
            port: { number: 443, name: 'tls', protocol: 'TLS' },
            hosts: [host],
            tls: { mode: 'PASSTHROUGH' },
          },
        ],
      },
    },
    ...(subset === undefined
      ? []
      : [destinationRule(metadata, { host: GATEWAY_HOST, subsets: [{ name: subset }] })]),
    {
      apiVersion: ISTIO,
      kind: 'VirtualService',
      metadata,
      spec: {
        hosts: [host],
        gateways: [gateway, 'mesh'],
        http: [
          { match: [{ gateways: ['mesh'], port: 80 }], route: toGateway(80) },
          { match: [{ gateways: [gateway], port: 80 }], route: toHost(80) },
        ],
        tls: [
          { match: [{ gateways: ['mesh'], port: 443, sniHosts: [host] }], route: toGateway(443) },
          { match: [{ gateways: [gateway], port: 443, sniHosts: [host] }], route: toHost(443) },
        ],
      },
    },
  ];
}

/**
 * Turns HTTP on 80 into TLS to 443. Source: istio.io, "Egress TLS Origination". Unlike there the certificate is not verified:
 * for that, Envoy asks the agent of Istio for authorities, and the mesh kit has no agent.
 */
export const withTlsOrigination = (host: string, namespace: string): readonly KubeObject[] => [
  serviceEntry(host, namespace, [
    { ...HTTP, targetPort: 443 },
    { number: 443, name: 'https-port', protocol: 'HTTPS' },
  ]),
  destinationRule(
    { name: nameOf(host), namespace },
    {
      host,
      trafficPolicy: {
        portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'SIMPLE', insecureSkipVerify: true } }],
      },
    },
  ),
];

/** Sends 90 of 100 calls to the pods of version v1 and 10 to those of v2, and gives up after 2 s. */
export function canary(service: string, provider: string, namespace: string): readonly KubeObject[] {
  const host = `${service}.${provider}.svc.cluster.local`;
  const metadata = { name: service, namespace };
  const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }));
  const share = (version: string, weight: number) => ({ destination: { host, subset: version }, weight });
  return [
    destinationRule(metadata, { host, subsets }),
    {
      apiVersion: ISTIO,
      kind: 'VirtualService',
      metadata,
      spec: { hosts: [host], http: [{ timeout: '2s', route: [share('v1', 90), share('v2', 10)] }] },
    },
  ];
}

/**
 * Sends calls of the Service with the header `x-version: next` to the Service `SERVICE-next`, and of the others 10 of 100;
 * on these it gives up after 2 s. In the namespace of the caller, the route applies to the callers of that namespace only.
 */
export function httpRoute(service: string, provider: string, namespace: string): KubeObject {
  const to = (name: string) => ({ name, namespace: provider, port: 80 });
  const next = to(`${service}-next`);
  return {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    metadata: { name: service, namespace },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: service, namespace: provider, port: 80 }],
      rules: [
        {
          matches: [{ headers: [{ name: 'x-version', value: 'next' }] }],
          backendRefs: [next],
        },
        {
          backendRefs: [
            { ...to(service), weight: 90 },
            { ...next, weight: 10 },
          ],
          timeouts: { request: '2s' },
        },
      ],
    },
  };
}

/** Lets HTTPRoutes of one namespace use the Services of another as backends. */
export const referenceGrant = (from: string, namespace: string): KubeObject => ({
  apiVersion: GATEWAY_API,
  kind: 'ReferenceGrant',
  metadata: { name: `from-${from}`, namespace },
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: from }],
    to: [{ group: '', kind: 'Service' }],
  },
});

const serviceEntry = (host: string, namespace: string, ports: readonly PortOfEntry[]): KubeObject => ({
  apiVersion: ISTIO,
  kind: 'ServiceEntry',
  metadata: { name: nameOf(host), namespace },
  spec: { hosts: [host], location: 'MESH_EXTERNAL', resolution: 'DNS', ports },
});

const destinationRule = (metadata: KubeObject['metadata'], spec: object): KubeObject => ({
  apiVersion: ISTIO,
  kind: 'DestinationRule',
  metadata,
  spec,
});

const nameOf = (host: string): string => host.replaceAll('.', '-');
