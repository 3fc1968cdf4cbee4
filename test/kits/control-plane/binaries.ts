// Provides the binaries of the control plane: etcd, kube-apiserver, kube-controller-manager, kubectl, istiod and
// istioctl, in the versions that go.mod pins. Starts nothing.
import { existsSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { buildWithGo } from './go-build.ts';
import type { Unavailable } from './real-parts.ts';

/** Absolute paths. KUBEBUILDER_ASSETS has no kube-controller-manager. */
export type KubernetesBinaries = {
  readonly kind: 'available';
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  readonly kubeControllerManager?: string;
};

/** Absolute paths; `istioCrds` is Istio's own crd-all.gen.yaml. */
export type Binaries = Required<KubernetesBinaries> & {
  readonly istioctl: string;
  readonly pilotDiscovery: string;
  readonly istioCrds: string;
};

const MODULE = import.meta.dirname;
const KUBERNETES_VERSION = { major: '1', minor: '36', git: 'v1.36.3' } as const;

/**
 * Returns all binaries. Builds them with Go when the cache does not hold them. If KUBEBUILDER_ASSETS is set, etcd,
 * kube-apiserver and kubectl come from that folder.
 */
export async function ensureBinaries(): Promise<Binaries | Unavailable> {
  const built = await buildWithGo({
    name: 'controlplane',
    title: 'etcd, Kubernetes and Istio',
    module: MODULE,
    inputs: ['go.mod', 'go.sum'],
    arguments: [...buildFlags(), 'tool'],
    duration: 'about 10 minutes on 2 cores, or 1 to 2 minutes if Go has compiled these packages before',
    finish: async (folder) => {
      await rename(join(folder, 'server'), join(folder, 'etcd')); // Go names it after its package
      const istio = (
        await mustRun('go', ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'], { cwd: MODULE })
      ).trim();
      await copyFile(
        join(istio, 'manifests/charts/base/files/crd-all.gen.yaml'),
        join(folder, 'crd-all.gen.yaml'),
      );
    },
  });
  if (built.kind === 'unavailable') return built;
  const { folder } = built;
  return {
    kind: 'available',
    etcd: join(folder, 'etcd'),
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl'),
    ...kubebuilderAssets(),
    kubeControllerManager: join(folder, 'kube-controller-manager'),
    istioctl: join(folder, 'istioctl'),
    pilotDiscovery: join(folder, 'pilot-discovery'),
    istioCrds: join(folder, 'crd-all.gen.yaml'),
  };
}

/** Returns what an API server needs: from KUBEBUILDER_ASSETS, without Go, or else from `ensureBinaries`. */
export async function ensureKubernetesBinaries(): Promise<KubernetesBinaries | Unavailable> {
  const binaries = kubebuilderAssets() ?? (await ensureBinaries());
  if (binaries.kind === 'available') return binaries;
  const why = `${binaries.why} Or set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver and kubectl.`;
  return { kind: 'unavailable', why };
}

function kubebuilderAssets(): KubernetesBinaries | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (!folder) return undefined;
  const [etcd, kubeApiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map((name) => {
    const path = join(folder, name);
    if (!existsSync(path)) throw new Error(`KUBEBUILDER_ASSETS: ${path} does not exist`);
    return path;
  }) as [string, string, string];
  return { kind: 'available', etcd, kubeApiserver, kubectl };
}

/**
 * The oracle is built with the same tags, so both use the same entries of Go's build cache. The version must be linked
 * in: an API server without it reports v0.0.0, which clients refuse.
 */
function buildFlags(): readonly string[] {
  const { git, major, minor } = KUBERNETES_VERSION;
  const version = 'k8s.io/component-base/version';
  const links = `-X ${version}.gitVersion=${git} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`;
  return ['-trimpath', '-tags', 'vtprotobuf', '-ldflags', `-s -w ${links}`];
}
