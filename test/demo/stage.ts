// What the demo is played on: an API server in this process, a real one, or a whole mesh. The story's objects stand on each.
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServerWithCrds } from '../support/api-servers.ts';
import { connect, type KubeObject } from '../support/cluster.ts';
import { crdText } from '../support/deploy.ts';
import { platformEntry, storyObjects } from '../support/story.ts';
import { remark } from './screen.ts';

export type StageKind = 'in-process' | 'real' | 'mesh';

export type Stage = {
  readonly kubeconfig: string;
  /** What red's app gets when it calls each place; absent where nothing carries traffic. */
  readonly calls?: () => Promise<readonly (readonly string[])[]>;
  /** Lines that tell a newcomer how to go on by hand. */
  readonly howToUse: readonly string[];
  readonly stop: () => Promise<void>;
};

export function startStage(kind: StageKind): Promise<Stage> {
  return { 'in-process': inProcess, real, mesh }[kind]();
}

async function inProcess(): Promise<Stage> {
  remark('An API server in this process: no cluster is touched. See --real and --mesh for real parts.');
  const server = await startServerWithCrds(storyObjects);
  return { kubeconfig: server.kubeconfig, howToUse: [], stop: server.stop };
}

// The kits of real parts are loaded only when they are wanted.

async function real(): Promise<Stage> {
  const { startKubernetes } = await import('../kits/control-plane/kubernetes.ts');
  const { ensureBinaries } = await import('../kits/control-plane/binaries.ts');
  const { demand } = await import('../kits/control-plane/real-parts.ts');
  const binaries = demand(await ensureBinaries());
  const kubernetes = await startKubernetes({
    controllerManager: true,
    crds: [await readFile(binaries.istioCrds, 'utf8'), await crdText()],
  });
  await fill(kubernetes.kubeconfig, storyObjects);
  const file = join(tmpdir(), `egress-intent-demo-${process.pid}.kubeconfig`);
  await writeFile(file, kubernetes.kubeconfig, { mode: 0o600 });
  return {
    kubeconfig: kubernetes.kubeconfig,
    howToUse: [
      '',
      'The API server and the controller go on until Ctrl-C. In another shell:',
      `  export KUBECONFIG=${file}`,
      `  alias kubectl=${binaries.kubectl}`,
      '  kubectl explain egressintent.spec.allow',
      '  kubectl get egressintents,sidecars,serviceentries --all-namespaces',
    ],
    stop: kubernetes.stop,
  };
}

async function mesh(): Promise<Stage> {
  const { startStoryMesh, wordOf } = await import('../e2e/story-mesh.ts');
  const { mesh: parts, red, callsOf } = await startStoryMesh();
  await fill(parts.kubernetes.kubeconfig, [platformEntry()]);
  return {
    kubeconfig: parts.kubernetes.kubeconfig,
    howToUse: [],
    calls: async () => (await callsOf(red)).map(({ place, answer }) => [place, wordOf(answer)]),
    stop: parts.stop,
  };
}

async function fill(kubeconfig: string, objects: readonly KubeObject[]): Promise<void> {
  const cluster = connect(kubeconfig);
  for (const object of objects) await cluster.apply(object);
  await cluster.close();
}
