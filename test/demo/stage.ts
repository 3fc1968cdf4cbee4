// Starts what the demo plays on, with the objects of the story: an API server in this process, a real kube-apiserver,
// or a mesh with istiod and Envoy. The kits of real parts are loaded only when they are used.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Unavailable } from '../kits/control-plane/real-parts.ts';
import type { Place } from '../e2e/story-mesh.ts';
import { startServerWithCrds } from '../support/api-servers.ts';
import { connect, type KubeObject } from '../support/cluster.ts';
import { crdText } from '../support/deploy.ts';
import { platformEntry, storyObjects } from '../support/story.ts';
import { atEnd, useTemporaryFolder } from './ending.ts';

export type StageKind = 'in-process' | 'real' | 'mesh';

export type Stage = {
  readonly kind: 'available';
  readonly kubeconfig: string;
  /** Calls each place from the app. Returns `200`, another status, or `closed`. Only in a mesh. */
  readonly callPlaces?: () => Promise<ReadonlyMap<Place, string>>;
  /** Lines that say how to use the API server with kubectl. Empty for the in-process server. */
  readonly howToUse: readonly string[];
};

/** What is used, what the first run builds, and how long that takes. */
export const INTRODUCTIONS: Readonly<Record<StageKind, string>> = {
  'in-process':
    'In-process API server: no cluster is touched. --real uses a kube-apiserver, --mesh istiod and Envoy too.',
  real: 'A kube-apiserver on this machine, ready in about 10 s. The first run builds it with Go: about 10 minutes.',
  mesh: 'Istio and Envoy on this machine, ready in about 20 s. The first run builds Istio with Go: about 10 minutes.',
};

/** Starts it, and registers with `atEnd` how to stop it. */
export function startStage(kind: StageKind): Promise<Stage | Unavailable> {
  return { 'in-process': inProcess, real, mesh }[kind]();
}

async function inProcess(): Promise<Stage> {
  const server = await startServerWithCrds(storyObjects);
  atEnd(server.stop);
  return { kind: 'available', kubeconfig: server.kubeconfig, howToUse: [] };
}

async function real(): Promise<Stage | Unavailable> {
  const { startKubernetes } = await import('../kits/control-plane/kubernetes.ts');
  const { ensureBinaries } = await import('../kits/control-plane/binaries.ts');
  const binaries = await ensureBinaries();
  if (binaries.kind === 'unavailable') return binaries;
  const folder = useTemporaryFolder(); // after the build, which removes its own files
  const { kubeconfig, stop } = await startKubernetes({
    controllerManager: true,
    crds: [await readFile(binaries.istioCrds, 'utf8'), await crdText()],
  });
  atEnd(stop);
  await applyAll(kubeconfig, storyObjects);
  const howToUse = await howToUseKubectl(folder, kubeconfig, binaries.kubectl);
  return { kind: 'available', kubeconfig, howToUse };
}

async function mesh(): Promise<Stage | Unavailable> {
  const { ensureMeshParts } = await import('../kits/mesh/prerequisites.ts');
  const { ensureBinaries } = await import('../kits/control-plane/binaries.ts');
  const parts = await ensureMeshParts({ mayInstall: false });
  if (parts.kind === 'unavailable') return parts;
  const binaries = await ensureBinaries();
  if (binaries.kind === 'unavailable') return binaries;
  const folder = useTemporaryFolder();
  const { startStoryMesh, wordOf } = await import('../e2e/story-mesh.ts');
  const story = await startStoryMesh();
  atEnd(story.mesh.stop);
  const { kubeconfig } = story.mesh.kubernetes;
  await applyAll(kubeconfig, [platformEntry()]);
  return {
    kind: 'available',
    kubeconfig,
    callPlaces: async () =>
      new Map((await story.callsOf(story.red)).map(({ place, answer }) => [place, wordOf(answer)])),
    howToUse: await howToUseKubectl(folder, kubeconfig, binaries.kubectl),
  };
}

async function applyAll(kubeconfig: string, objects: readonly KubeObject[]): Promise<void> {
  const cluster = connect(kubeconfig);
  for (const object of objects) await cluster.apply(object);
  await cluster.close();
}

/** Writes the kubeconfig to a file in the folder. */
async function howToUseKubectl(
  folder: string,
  kubeconfig: string,
  kubectl: string,
): Promise<readonly string[]> {
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  return [
    `  export KUBECONFIG=${file}`,
    `  alias kubectl=${kubectl}`,
    '  kubectl explain egressintent.spec.allow',
    '  kubectl get egressintents,sidecars,serviceentries --namespace red',
    '  kubectl edit egressintent --namespace red red   # correct the name of the Service',
  ];
}
