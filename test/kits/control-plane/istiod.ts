// Runs istiod against an API server: the control plane that sends Envoys their configuration.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../support/cluster.ts';
import { ensureBinaries } from './binaries.ts';
import { startChild, whenReady, type Child } from './child.ts';
import { mustRun } from './command.ts';
import { writeMeshConfig } from './mesh-config.ts';
import { freePort } from './ports.ts';
import { demand } from './real-parts.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

export type IstiodOptions = {
  /** The text of a kubeconfig whose API server has Istio's CRDs. */
  readonly kubeconfig: string;
  /** The YAML of a MeshConfig. */
  readonly meshConfig: string;
  /** The address of its xDS server. Default 127.0.0.1. */
  readonly bindAddress?: string;
  /** The network namespace (`ip netns`) to run in. Needs root. */
  readonly netns?: string;
};

export type Istiod = {
  /** `HOST:PORT` of xDS over plaintext gRPC. */
  readonly xdsAddress: string;
  /** Replaces the MeshConfig (YAML). istiod uses the new one when this returns. */
  readonly setMeshConfig: (yamlText: string) => Promise<void>;
  /** The name of the Sidecar that governs a connected pod, or undefined if no Sidecar does. */
  readonly sidecarOf: (pod: string, namespace: string) => Promise<string | undefined>;
  /** GETs a path of istiod's debug interface, such as `/debug/syncz`, and returns the parsed JSON. */
  readonly debug: (path: string) => Promise<unknown>;
  /**
   * Makes istiod compute its push context again from everything that it has stored, and send all of it to every
   * Envoy. Returns the number of that push, which is part of each nonce in `/debug/syncz`.
   */
  readonly push: () => Promise<number>;
  /** The end of its log. */
  readonly lastLines: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/**
 * Stock Envoy lacks the extensions of Istio's own build and would reject listeners that use them. The test mesh has no
 * sidecar injection and no certificates.
 */
const ENVIRONMENT = {
  POD_NAME: 'istiod-1',
  POD_NAMESPACE: 'istio-system',
  ENABLE_CA_SERVER: 'false',
  INJECT_ENABLED: 'false',
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_ALPN_FILTER: 'false',
} as const;

/** Starts istiod; it is ready when this returns. Throws with the end of its log if it ends first. */
export async function startIstiod(options: IstiodOptions): Promise<Istiod> {
  const folder = await scratchFolder('istiod');
  const started = await launchOnFreePorts(options, folder).catch(async (error: unknown) => {
    await removeFolder(folder);
    throw error;
  });
  const { child, ask, mesh, xdsAddress } = started;
  let meshConfig = options.meshConfig;

  const push = async (): Promise<number> => {
    const before = (await child.logText()).length;
    await writeMeshConfig(mesh, meshConfig);
    let version: number | undefined;
    await whenReady(child, async () => {
      version = firstPush((await child.logText()).slice(before));
      return version !== undefined;
    });
    return version ?? 0;
  };
  return {
    xdsAddress,
    push,
    debug: async (path) => JSON.parse(await ask(path)) as unknown,
    sidecarOf: async (pod, namespace) =>
      sidecarNameIn(await ask(`/debug/sidecarz?proxyID=${pod}.${namespace}`)),
    setMeshConfig: async (yamlText) => {
      meshConfig = yamlText;
      const mark = await writeMeshConfig(mesh, meshConfig);
      await whenReady(child, async () => (await ask('/debug/mesh')).includes(mark));
      await push(); // a push from now on uses the MeshConfig that was loaded above
    },
    lastLines: child.lastLines,
    stop: async () => {
      await child.kill();
      await removeFolder(folder);
    },
  };
}

type Started = {
  readonly child: Child;
  readonly ask: (path: string) => Promise<string>;
  /** The path of the mesh configuration. */
  readonly mesh: string;
  readonly xdsAddress: string;
};

/** A port may be taken between the check and the start, in another network namespace above all: tries again once. */
async function launchOnFreePorts(options: IstiodOptions, folder: string): Promise<Started> {
  try {
    return await launch(options, folder);
  } catch (error) {
    if (!String(error).includes('address already in use')) throw error;
    return launch(options, folder);
  }
}

async function launch(options: IstiodOptions, folder: string): Promise<Started> {
  const { kubeconfig, meshConfig, bindAddress = '127.0.0.1', netns } = options;
  const binaries = demand(await ensureBinaries());
  await createRootNamespace(kubeconfig);
  const kubeconfigFile = join(folder, 'kubeconfig');
  const mesh = join(folder, 'mesh', 'mesh.yaml');
  await Promise.all([
    writeFile(kubeconfigFile, kubeconfig, { mode: 0o600 }),
    writeMeshConfig(mesh, meshConfig),
  ]);
  const [xdsAddress, debugAddress, monitoringAddress] = [
    `${bindAddress}:${await freePort('127.0.0.1')}`,
    `127.0.0.1:${await freePort('127.0.0.1')}`, // the debug interface answers only the local host
    `127.0.0.1:${await freePort('127.0.0.1')}`,
  ];
  const child = await startChild({
    name: 'istiod',
    log: join(folder, 'istiod.log'),
    env: ENVIRONMENT,
    ...(netns === undefined ? {} : { netns }),
    command: [
      binaries.pilotDiscovery,
      'discovery',
      '--registries=Kubernetes',
      '--namespace=istio-system',
      `--kubeconfig=${kubeconfigFile}`,
      `--meshConfig=${mesh}`,
      `--grpcAddr=${xdsAddress}`,
      '--secureGRPCAddr=',
      `--httpAddr=${debugAddress}`,
      '--httpsAddr=',
      `--monitoringAddr=${monitoringAddress}`,
    ],
  });
  const ask = (path: string): Promise<string> => get(`http://${debugAddress}${path}`, netns);
  try {
    await whenReady(child, async () => (await ask('/ready')) === '');
  } catch (error) {
    await child.kill();
    throw error;
  }
  return { child, ask, mesh, xdsAddress };
}

/** istiod elects its leader in this namespace, and allocates no addresses without one. */
async function createRootNamespace(kubeconfig: string): Promise<void> {
  const cluster = connect(kubeconfig);
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } });
  await cluster.close();
}

/** Uses curl, since Node cannot enter another network namespace. */
function get(url: string, netns: string | undefined): Promise<string> {
  const curl = [
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    '--noproxy',
    '*',
    '--max-time',
    '10',
    url,
  ] as const;
  return netns === undefined
    ? mustRun('curl', curl.slice(1))
    : mustRun('ip', ['netns', 'exec', netns, ...curl]);
}

/**
 * The number of the first full push that istiod started in this part of its log. Only the log shows which change
 * caused which push. istiod computes the push context between these two lines.
 */
function firstPush(log: string): number | undefined {
  const push = /Push debounce stable.*forced=true\n[^]*?XDS: Pushing .* Version:\S+\/(?<version>\d+)\n/;
  const version = push.exec(log)?.groups?.['version'];
  return version === undefined ? undefined : Number(version);
}

/** istiod reports the name `default-sidecar` for a pod that no Sidecar governs. */
function sidecarNameIn(sidecarz: string): string | undefined {
  const { name } = JSON.parse(sidecarz) as { readonly name?: string };
  return name === 'default-sidecar' ? undefined : name;
}
