// A pod of the mesh: a network namespace with an app and, unless switched off, an Envoy, and the Pod object. There is
// no kubelet: this file writes the status.
import { join } from 'node:path';
import { run } from '../control-plane/command.ts';
import type { Cluster, KubeObject } from '../../support/cluster.ts';
import type { Answer } from './answer.ts';
import { startServer } from './start-server.ts';
import { get, type Call } from './client.ts';
import { startEnvoy, type Envoy, type ProxyKind } from './envoy.ts';
import { startLoop, type Loop, type LoopOptions } from './loop.ts';
import type { Host, Network } from './network.ts';

export type Labels = Readonly<Record<string, string>>;

export type PodOptions = {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels;
  /** A sidecar gets all outgoing TCP of the pod. A pod that is a gateway has no app. Default: a sidecar. */
  readonly proxy?: ProxyKind | 'none';
  /** The ports on which its app serves HTTP. Default 80. */
  readonly ports?: readonly number[];
};

export type Pod = {
  readonly name: string;
  readonly namespace: string;
  readonly ip: string;
  /** Calls the URL with curl from this pod, on a new connection. */
  readonly get: (url: string, call?: Call) => Promise<Answer>;
  /** Calls the URLs in parallel, again and again, until the loop is stopped. */
  readonly loop: (urls: readonly string[], options?: LoopOptions) => Promise<Loop>;
  /** Resolves the name with DNS over TCP at kube-dns. Returns the addresses, or why there was no response. */
  readonly dnsOverTcp: (name: string) => Promise<readonly string[] | { readonly failed: string }>;
  /** Absent in a pod without a proxy. */
  readonly envoy?: Envoy;
  /** Replaces all its labels. */
  readonly relabel: (labels: Labels) => Promise<void>;
  /** Ends its processes, as a failure of the node would: the Pod object stays. */
  readonly kill: () => Promise<void>;
  /** Removes it from the cluster, from the endpoints of its Services, and from this machine. */
  readonly remove: () => Promise<void>;
};

/** What a pod needs: the cluster, its network, and the paths of programs and files. */
export type PodContext = {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly folder: string;
  readonly envoy: string;
  readonly xdsAddress: string;
  /** The path of the certificate authority of external servers. */
  readonly authority: string;
  readonly kubeDns: string;
  /** Removes an address from every Service. */
  readonly withdraw: (ip: string) => Promise<void>;
};

/** Makes the pod. Its app serves and its Envoy has its configuration when this returns. */
export async function makePod(context: PodContext, options: PodOptions): Promise<Pod> {
  const { cluster, network, folder, kubeDns } = context;
  const { name, namespace, labels = {}, proxy = 'sidecar', ports = [80] } = options;
  const resolvConf = resolvConfOf(namespace, kubeDns);
  const host = await network.join(`${name}.${namespace}`, { resolvConf });
  await createPodObject(cluster, host, { name, namespace, labels, proxy });
  const server = proxy === 'gateway' ? undefined : await startServer(folder, host, { name, ports });
  const pod = { name, namespace, labels };
  const envoy =
    proxy === 'none'
      ? undefined
      : await startEnvoy({ ...context, kind: proxy, host, pod }).catch(async (error: unknown) => {
          await server?.kill();
          throw error;
        });
  const ref = { apiVersion: 'v1', plural: 'pods', namespace, name };
  let current = labels;
  const loops: Loop[] = [];
  const kill = async (): Promise<void> => {
    await Promise.all([server?.kill(), envoy?.stop(), ...loops.map((loop) => loop.kill())]);
  };
  return {
    name,
    namespace,
    ip: host.ip,
    ...(envoy === undefined ? {} : { envoy }),
    get: (url, call) => get(host.netns, context.authority, url, call),
    loop: async (urls, loopOptions = {}) => {
      const loop = await startLoop({ ...context, netns: host.netns }, urls, loopOptions);
      loops.push(loop);
      return loop;
    },
    dnsOverTcp: (hostname) => dnsOverTcp(host, kubeDns, hostname),
    relabel: async (newLabels) => {
      const removed = Object.fromEntries(Object.keys(current).map((key) => [key, null]));
      await cluster.patch(ref, { metadata: { labels: { ...removed, ...newLabels } } });
      current = newLabels;
    },
    kill,
    remove: async () => {
      await Promise.all([cluster.remove(ref), context.withdraw(host.ip)]);
      await kill();
      await host.remove();
    },
  };
}

/** As the kubelet writes it for dnsPolicy ClusterFirst. */
function resolvConfOf(namespace: string, kubeDns: string): string {
  const domains = [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'];
  return `nameserver ${kubeDns}\nsearch ${domains.join(' ')}\noptions ndots:5 timeout:2\n`;
}

const CONTAINERS = {
  sidecar: ['app', 'istio-proxy'],
  gateway: ['istio-proxy'],
  none: ['app'],
} as const satisfies Readonly<Record<ProxyKind | 'none', readonly string[]>>;

type PodObjectOptions = Required<Omit<PodOptions, 'ports'>>;

async function createPodObject(cluster: Cluster, { ip }: Host, options: PodObjectOptions): Promise<void> {
  const { name, namespace, labels, proxy } = options;
  const containers = CONTAINERS[proxy];
  const annotations = { 'sidecar.istio.io/status': JSON.stringify({ containers: ['istio-proxy'] }) };
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, ...(proxy === 'none' ? {} : { annotations }) },
    spec: { containers: containers.map((container) => ({ name: container, image: container })) },
  };
  await cluster.create(pod);
  const since = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const isTrue = (type: string) => ({ type, status: 'True', lastTransitionTime: since });
  const status = {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    startTime: since,
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(isTrue),
    containerStatuses: containers.map((container) => ({
      name: container,
      image: container,
      imageID: container,
      ready: true,
      restartCount: 0,
      started: true,
      state: { running: { startedAt: since } },
    })),
  };
  await cluster.patch({ apiVersion: 'v1', plural: 'pods', namespace, name }, { status }, 'merge', 'status');
}

async function dnsOverTcp({ netns }: Host, server: string, name: string): ReturnType<Pod['dnsOverTcp']> {
  const client = join(import.meta.dirname, 'dns-client.ts');
  const { code, stdout, stderr } = await run('ip', [
    'netns',
    'exec',
    netns,
    process.execPath,
    client,
    server,
    name,
  ]);
  return code === 0 ? (JSON.parse(stdout) as readonly string[]) : { failed: stderr };
}
