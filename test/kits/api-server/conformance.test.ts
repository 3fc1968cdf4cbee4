// The behaviour of a Kubernetes API server that the tests rely on. The suite states what a real kube-apiserver does, and
// runs on the in-process server, on the same behind the fault proxy, and on kube-apiserver itself.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { stringify } from 'yaml';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { installCrds } from '../control-plane/crds.ts';
import { startKubernetes } from '../control-plane/kubernetes.ts';
import { demand, realParts } from '../control-plane/real-parts.ts';
import { startFaultProxy } from '../fault-proxy/proxy.ts';
import { eventually } from '../../support/cluster.ts';
import { compactStorage } from './compaction.ts';
import { applying } from './conformance/applying.ts';
import { kinds } from './conformance/kinds.ts';
import { reading } from './conformance/reading.ts';
import { good, type Part } from './conformance/suite.ts';
import { definitionOf } from './conformance/widget.ts';
import { openWire, type Wire } from './conformance/wire.ts';
import { writes } from './conformance/writes.ts';
import { startApiServer } from './server.ts';

/** A server under test, with Istio's Sidecar and ServiceEntry and the suite's Widget installed. */
type Subject = {
  readonly kubeconfig: string;
  /** Makes the server forget the history of every object, as the real one does after some minutes. */
  readonly forget: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const PARTS: Readonly<Record<string, Part>> = { writes, applying, kinds, reading };

/** Registers the suite for one server, which starts before the first test and stops after the last. */
function conformance(server: string, start: () => Promise<Subject>): void {
  describe(`on ${server}`, () => {
    let subject: Subject;
    let wire: Wire;

    beforeAll(async () => {
      subject = await start();
      wire = openWire(subject.kubeconfig);
    });
    afterAll(async () => {
      await wire.close();
      await subject.stop();
    });

    describe.each(Object.entries(PARTS))('%s', (namespace, part) => {
      beforeAll(async () => {
        await good(wire.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } }));
        // The real server may take a moment to serve the kinds that were just installed.
        await eventually(() => good(wire.send('GET', '/apis/networking.istio.io/v1/sidecars')));
      });
      part(() => ({ wire, namespace, forget: subject.forget }));
    });
  });
}

const WIDGETS = stringify(definitionOf('Widget'));
const ISTIO_CRDS = join(import.meta.dirname, 'istio-crds.yaml');

async function inProcess(): Promise<Subject> {
  const server = await startApiServer();
  await installCrds(server.kubeconfig, [WIDGETS, await readFile(ISTIO_CRDS, 'utf8')]);
  return {
    kubeconfig: server.kubeconfig,
    forget: () => Promise.resolve(server.compact()),
    stop: server.stop,
  };
}

async function behindProxy(): Promise<Subject> {
  const subject = await inProcess();
  const proxy = await startFaultProxy(subject);
  const stop = async (): Promise<void> => {
    await proxy.stop();
    await subject.stop();
  };
  return { ...subject, kubeconfig: proxy.kubeconfig, stop };
}

conformance('the in-process API server', inProcess);
// A proxy without faults must be invisible.
conformance('the in-process API server behind the fault proxy', behindProxy);

describe.runIf(await realParts(ensureBinaries()))('the judge', () => {
  conformance('kube-apiserver', async (): Promise<Subject> => {
    const { istioCrds } = demand(await ensureBinaries());
    const crds = [WIDGETS, await readFile(istioCrds, 'utf8')];
    const server = await startKubernetes({ controllerManager: true, crds });
    return {
      kubeconfig: server.kubeconfig,
      forget: async () => {
        await compactStorage(server.url, server.kubeconfig);
        await server.crash(); // the watch cache in memory goes too
        await server.restart();
      },
      stop: server.stop,
    };
  });
});
