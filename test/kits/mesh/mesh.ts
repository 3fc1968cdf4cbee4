// A small mesh of real parts on one machine: an API server, istiod, and an Envoy for each app. See README.md.
import { readFile } from 'node:fs/promises';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { startIstiod, type Istiod } from '../control-plane/istiod.ts';
import { startKubernetes, type Kubernetes, type KubernetesOptions } from '../control-plane/kubernetes.ts';
import { demand } from '../control-plane/real-parts.ts';
import { removeFolder, scratchFolder } from '../control-plane/scratch.ts';
import { connect, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { makeAuthority } from './certificates.ts';
import { serveNames } from './dns.ts';
import { makeNetwork } from './network.ts';
import { makeExternal, type External, type ExternalOptions } from './external.ts';
import { makePod, type Pod, type PodOptions, type PodContext } from './pods.ts';
import { ensureMeshParts } from './prerequisites.ts';
import { makeServices, type Service, type ServiceOptions, type Services } from './services.ts';
import { untilSettled } from './settled.ts';

export type OutboundTrafficPolicy = 'REGISTRY_ONLY' | 'ALLOW_ANY';

export type MeshOptions = Pick<KubernetesOptions, 'crds' | 'users'> & {
  /** MeshConfig's policy for pods that no Sidecar governs. Default REGISTRY_ONLY. */
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
};

export type Mesh = {
  /** Reachable from the test process and from the mesh. */
  readonly kubernetes: Kubernetes;
  /** The administrator's client. */
  readonly cluster: Cluster;
  readonly istiod: Istiod;
  /** Creates the namespace too if it does not exist. */
  readonly addPod: (options: PodOptions) => Promise<Pod>;
  /** Creates the namespace too if it does not exist. */
  readonly addService: (options: ServiceOptions) => Promise<Service>;
  readonly addExternal: (options: ExternalOptions) => Promise<External>;
  readonly setOutboundTrafficPolicy: (policy: OutboundTrafficPolicy) => Promise<void>;
  /** Waits until every Envoy uses the configuration that the API server holds at this moment. See settled.ts. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const KUBE_DNS = '10.96.0.10';

/** Starts everything but pods, and first removes what killed test processes left. Call `stop` when done. */
export async function startMesh(options: MeshOptions = {}): Promise<Mesh> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const core = await startCore(options, (step) => void undo.push(step));
    const services = makeServices(core.cluster, core.names, core.network);
    await populate(core, services);
    return { ...meshOf(core, services, (step) => void undo.push(step)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Undo = (step: () => Promise<unknown>) => void;
type Core = Awaited<ReturnType<typeof startCore>>;

async function startCore(options: MeshOptions, undo: Undo) {
  const { outboundTrafficPolicy = 'REGISTRY_ONLY', crds = [], ...others } = options;
  const { envoy } = demand(await ensureMeshParts());
  const { istioCrds } = demand(await ensureBinaries());
  const folder = await scratchFolder('mesh');
  undo(() => removeFolder(folder));
  const network = await makeNetwork();
  undo(network.remove);
  const location = { netns: network.netns, bindAddress: network.gateway };
  const authority = await makeAuthority(folder);
  const names = await serveNames(folder, network.netns, network.gateway);
  undo(names.stop);
  const kubernetes = await startKubernetes({
    ...others,
    ...location,
    crds: [await readFile(istioCrds, 'utf8'), ...crds],
    controllerManager: true,
  });
  undo(kubernetes.stop);
  const { kubeconfig } = kubernetes;
  const istiod = await startIstiod({
    ...location,
    kubeconfig,
    meshConfig: meshConfigOf(outboundTrafficPolicy),
  });
  undo(istiod.stop);
  const cluster = connect(kubeconfig);
  undo(cluster.close);
  return { folder, network, authority, names, kubernetes, istiod, cluster, envoy };
}

async function populate({ cluster, network }: Core, services: Services): Promise<void> {
  await cluster.apply({
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'istio-system' },
    spec: { mtls: { mode: 'DISABLE' } }, // nothing issues certificates in this mesh
  });
  await services.add({
    name: 'kube-dns',
    namespace: 'kube-system',
    clusterIp: KUBE_DNS,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53 },
    ],
    endpoints: [{ ip: network.gateway }],
  });
}

function meshOf(core: Core, services: Services, undo: Undo): Omit<Mesh, 'stop'> {
  const { cluster, istiod, kubernetes } = core;
  const context: PodContext = {
    ...core,
    xdsAddress: istiod.xdsAddress,
    authority: core.authority.certificate,
    kubeDns: KUBE_DNS,
    withdraw: services.withdraw,
  };
  const pods = new Set<Pod>();
  let externals = 0;
  const ensureNamespace = (name: string): Promise<KubeObject> =>
    cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return {
    kubernetes,
    cluster,
    istiod,
    addPod: async (options) => {
      await ensureNamespace(options.namespace);
      const made = await makePod(context, options);
      undo(made.kill);
      const remove = async (): Promise<void> => {
        pods.delete(pod);
        await made.remove();
      };
      const pod: Pod = { ...made, remove };
      pods.add(pod);
      return pod;
    },
    addService: async (options) => {
      await ensureNamespace(options.namespace);
      return services.add(options);
    },
    addExternal: async (options) => {
      externals += 1;
      const external = await makeExternal(core, { ip: `198.51.100.${externals}`, ...options });
      undo(external.kill);
      return external;
    },
    setOutboundTrafficPolicy: (policy) => istiod.setMeshConfig(meshConfigOf(policy)),
    settled: () => untilSettled({ cluster, istiod, pods: [...pods] }),
  };
}

/** Without mutual TLS, for which Envoy would wait for certificates that nothing issues. */
function meshConfigOf(mode: OutboundTrafficPolicy): string {
  return JSON.stringify({ outboundTrafficPolicy: { mode }, enableAutoMtls: false, accessLogFile: '' });
}
