// Holds the in-process API server and the real kube-apiserver to the same suite.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { stringify } from 'yaml';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { installCrds } from '../control-plane/crds.ts';
import { startKubernetes } from '../control-plane/kubernetes.ts';
import { demand, realParts } from '../control-plane/real-parts.ts';
import { compactStorage } from './compaction.ts';
import { conformance, type Subject } from './conformance.ts';
import { definitionOf } from './conformance/widget.ts';
import { startApiServer } from './server.ts';

const WIDGETS = stringify(definitionOf('Widget'));
const ISTIO_CRDS = fileURLToPath(new URL('istio-crds.yaml', import.meta.url));

conformance('the in-process API server', async (): Promise<Subject> => {
  const server = await startApiServer();
  await installCrds(server.kubeconfig, [WIDGETS, await readFile(ISTIO_CRDS, 'utf8')]);
  return {
    kubeconfig: server.kubeconfig,
    forget: () => Promise.resolve(server.compact()),
    stop: server.stop,
  };
});

describe.runIf(await realParts(ensureBinaries()))('the judge', () => {
  conformance('kube-apiserver', async (): Promise<Subject> => {
    const { istioCrds } = demand(await ensureBinaries());
    const crds = [WIDGETS, await readFile(istioCrds, 'utf8')];
    const server = await startKubernetes({ controllerManager: true, crds });
    return {
      kubeconfig: server.kubeconfig,
      forget: async () => {
        await compactStorage(server.url, server.kubeconfig);
        await server.crash(); // what it still has in memory goes too
        await server.restart();
      },
      stop: server.stop,
    };
  });
});
