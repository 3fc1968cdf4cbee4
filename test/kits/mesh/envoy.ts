// Runs Envoy as the sidecar of a pod, with iptables rules like those of Istio, or as a gateway.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { startChild, whenReady, type Child } from '../control-plane/child.ts';
import { flags } from '../control-plane/command.ts';
import { restoreIptables, type Host } from './network.ts';

/** What the Envoy of a pod is for: the calls of its app, or as a gateway the calls of other pods. */
export type ProxyKind = 'sidecar' | 'gateway';

export type EnvoyOptions = {
  readonly kind: ProxyKind;
  /** The path of Envoy's executable. */
  readonly envoy: string;
  readonly folder: string;
  readonly host: Host;
  readonly pod: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** `HOST:PORT` of istiod's xDS. */
  readonly xdsAddress: string;
};

export type Envoy = {
  /** GETs a path of the admin interface, such as `/config_dump`, and returns the text. */
  readonly admin: (path: string) => Promise<string>;
  readonly lastLines: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

const ADMIN_PORT = 15_000;
const ENVOY_GROUP = 1337;

/**
 * Redirects all outgoing TCP of the pod to Envoy, except that of Envoy itself and of the loopback. Istio's rules exempt
 * Envoy by user and by group. These exempt it by group only, so Envoy can run from a folder that only root can read.
 */
const REDIRECT = [
  '*nat',
  `-A OUTPUT -p tcp -m owner --gid-owner ${ENVOY_GROUP} -j RETURN`,
  '-A OUTPUT -p tcp -d 127.0.0.1/32 -j RETURN',
  '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  'COMMIT',
];

/** Starts Envoy in the pod's network namespace. It has its first configuration when this returns. */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const { kind, envoy, folder, host } = options;
  const bootstrap = join(folder, `${host.netns}.envoy.json`);
  await Promise.all([
    writeFile(bootstrap, JSON.stringify(bootstrapOf(options))),
    ...(kind === 'sidecar' ? [restoreIptables(host.netns, REDIRECT)] : []),
  ]);
  const child = await startChild({
    name: `the Envoy of ${options.pod.name}`,
    log: join(folder, `${host.netns}.envoy.log`),
    netns: host.netns,
    gid: ENVOY_GROUP,
    command: [
      envoy,
      ...flags({ 'config-path': bootstrap, concurrency: '1', 'log-level': 'warning' }),
      '--disable-hot-restart', // all Envoys of this machine would use the same shared memory
    ],
  });
  const admin = (path: string): Promise<string> => get(`http://${host.ip}:${ADMIN_PORT}${path}`);
  await untilReady(kind, child, admin);
  return { admin, lastLines: child.lastLines, stop: child.kill };
}

/** Waits for LIVE and, in a sidecar, for the listener to which the pod's traffic is redirected. */
async function untilReady(kind: ProxyKind, child: Child, admin: Envoy['admin']): Promise<void> {
  try {
    await whenReady(
      child,
      async () =>
        (await admin('/ready')) === 'LIVE\n' &&
        (kind === 'gateway' || (await admin('/listeners')).includes(':15001')),
    );
  } catch (error) {
    await child.kill();
    throw error;
  }
}

async function get(url: string): Promise<string> {
  const { statusCode, body } = await request(url, { headersTimeout: 5_000 });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${text}`);
  return text;
}

/** The bootstrap that Istio's agent would write, reduced to what istiod and Envoy read. */
function bootstrapOf({ kind, host, pod, xdsAddress }: EnvoyOptions): unknown {
  const ads = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  return {
    node: {
      id: `${kind === 'gateway' ? 'router' : 'sidecar'}~${host.ip}~${pod.name}.${pod.namespace}~${pod.namespace}.svc.cluster.local`,
      cluster: `${pod.name}.${pod.namespace}`,
      metadata: {
        NAME: pod.name,
        NAMESPACE: pod.namespace,
        LABELS: pod.labels,
        CLUSTER_ID: 'Kubernetes',
        INSTANCE_IPS: host.ip,
        INTERCEPTION_MODE: 'REDIRECT',
        ISTIO_VERSION: '1.31.0',
        ENVOY_STATUS_PORT: 15_021,
        ENVOY_PROMETHEUS_PORT: 15_090,
      },
    },
    admin: { address: socketAddress(host.ip, ADMIN_PORT) },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }],
      },
      lds_config: ads,
      cds_config: ads,
    },
    static_resources: { clusters: [xdsCluster(xdsAddress)] },
  };
}

function xdsCluster(address: string): unknown {
  const { hostname, port } = new URL(`http://${address}`);
  const endpoint = { endpoint: { address: socketAddress(hostname, Number(port)) } };
  return {
    name: 'xds',
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: { cluster_name: 'xds', endpoints: [{ lb_endpoints: [endpoint] }] },
  };
}

function socketAddress(address: string, port: number): unknown {
  return { socket_address: { address, port_value: port } };
}
