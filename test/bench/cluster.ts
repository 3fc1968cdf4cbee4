// The API server of the bench, and waiting for what the controller does there.
import { readFile } from 'node:fs/promises';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { startKubernetes, type Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { demand } from '../kits/control-plane/real-parts.ts';
import { eventually, type KubeObject } from '../support/cluster.ts';
import { crdText } from '../support/deploy.ts';
import { bareWriter, inParallel, type BareWriter } from './bare-writer.ts';
import type { MemoryGroup } from './memory-group.ts';
import { startMeasured, type MeasuredProcess } from './measured-process.ts';
import { shopObjects } from './objects.ts';

export const ISTIO = 'networking.istio.io/v1';
export const API = 'egressintent.io/v1alpha1';
/** Of the bare writer, and of everything that prepares. */
export const CONNECTIONS = 8;

export type BenchCluster = {
  readonly kubernetes: Kubernetes;
  readonly writer: BareWriter;
  /** Applies the objects, the first ones first. */
  readonly create: (objects: readonly KubeObject[]) => Promise<void>;
  /** Starts the controller; it has listed every kind when this returns. */
  readonly controller: (group?: MemoryGroup) => Promise<MeasuredProcess>;
  readonly stop: () => Promise<void>;
};

export async function startBenchCluster(bundle: string): Promise<BenchCluster> {
  const { istioCrds } = demand(await ensureBinaries());
  const kubernetes = await startKubernetes({
    crds: [await readFile(istioCrds, 'utf8'), await crdText()],
  });
  const writer = bareWriter(kubernetes.kubeconfig, CONNECTIONS);
  const create = async (objects: readonly KubeObject[]): Promise<void> => {
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
    const others = objects.filter(({ kind }) => kind !== 'Namespace');
    for (const part of [namespaces, others])
      await inParallel(
        part.map((object) => () => writer.apply(object)),
        CONNECTIONS,
      );
  };
  await create(shopObjects);
  return {
    kubernetes,
    writer,
    create,
    controller: async (group) => {
      const started = await startMeasured(bundle, kubernetes.kubeconfig, group);
      await eventually(
        async () => {
          if (!(await started.ready())) throw new Error('the controller is not ready');
        },
        { withinMs: 120_000 },
      );
      return started;
    },
    stop: async () => {
      await writer.close();
      await kubernetes.stop();
    },
  };
}

/** Waits until nothing has run for half a second. */
export async function settled(controller: MeasuredProcess): Promise<void> {
  for (let last = -1, now = await controller.runs(); now !== last;) {
    last = now;
    await new Promise((resolve) => void setTimeout(resolve, 500));
    now = await controller.runs();
  }
}
