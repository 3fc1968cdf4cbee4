// The start of most integration tests: a real API server with the definitions, the shipped manifests and the objects of the story.
import { readFile } from 'node:fs/promises';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import {
  startKubernetes,
  type Kubernetes,
  type KubernetesOptions,
} from '../kits/control-plane/kubernetes.ts';
import { demand } from '../kits/control-plane/real-parts.ts';
import { connect, type Cluster, type KubeObject } from './cluster.ts';
import { crdText, manifests, SERVICE_ACCOUNT } from './deploy.ts';
import * as story from './story.ts';

export type RealCluster = {
  readonly kubernetes: Kubernetes;
  /** As the administrator. */
  readonly cluster: Cluster;
  /** Of the user as which the manifests run the controller, with the shipped role. */
  readonly kubeconfig: string;
};

export type RealClusterOptions = Omit<KubernetesOptions, 'crds' | 'users'> & {
  /** The text of the definition of EgressIntent. Default: the shipped one. */
  readonly definition?: string;
  /** Applied after the manifests, in order. Default: those of the story. */
  readonly objects?: readonly KubeObject[];
};

/** Everything is applied when this returns; no controller runs. Close the client and stop the API server afterwards. */
export async function startRealCluster({
  definition,
  objects = story.storyObjects,
  ...options
}: RealClusterOptions = {}): Promise<RealCluster> {
  const { istioCrds } = demand(await ensureBinaries());
  const kubernetes = await startKubernetes({
    ...options,
    crds: [await readFile(istioCrds, 'utf8'), definition ?? (await crdText())],
    users: [SERVICE_ACCOUNT],
  });
  const cluster = connect(kubernetes.kubeconfig);
  for (const object of [story.namespaceObject('istio-system'), ...(await manifests()), ...objects])
    await cluster.apply(object);
  return { kubernetes, cluster, kubeconfig: kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name) };
}
