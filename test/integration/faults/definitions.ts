// The CustomResourceDefinitions are missing, or are removed and created again. With a definition Kubernetes deletes all objects of its kind.
import { readFile } from 'node:fs/promises';
import { ensureBinaries } from '../../kits/control-plane/binaries.ts';
import { installCrds } from '../../kits/control-plane/crds.ts';
import { demand } from '../../kits/control-plane/real-parts.ts';
import { eventually, type Cluster } from '../../support/cluster.ts';
import { crdText } from '../../support/deploy.ts';
import type { Begun, Stage } from './stage.ts';

const OF_ISTIO = ['sidecars.networking.istio.io', 'serviceentries.networking.istio.io'];
const OF_INTENTS = 'egressintents.egressintent.io';
const DEFINITIONS = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };

/** The definitions that a cluster needs, as YAML texts. */
async function definitionTexts(): Promise<readonly string[]> {
  const { istioCrds } = demand(await ensureBinaries());
  return [await readFile(istioCrds, 'utf8'), await crdText()];
}

async function removeDefinitions(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const name of names) await cluster.remove({ ...DEFINITIONS, name });
  await eventually(async () => {
    for (const name of names)
      if ((await cluster.get({ ...DEFINITIONS, name })) !== undefined) throw new Error(`${name} exists`);
  });
}

/** The intents are gone with their definition, and come back with the cure. */
export async function withoutDefinitions(stage: Stage): Promise<Begun> {
  await stage.stopController();
  await removeDefinitions(stage.cluster, [...OF_ISTIO, OF_INTENTS]);
  await stage.start({ inBackground: true });
  return {
    cure: async () => {
      await installCrds(stage.kubernetes.kubeconfig, await definitionTexts());
      await stage.reset();
      await stage.change();
    },
  };
}

export async function withDefinitionsGone(stage: Stage): Promise<Begun> {
  await removeDefinitions(stage.cluster, OF_ISTIO);
  return { cure: async () => installCrds(stage.kubernetes.kubeconfig, await definitionTexts()) };
}
