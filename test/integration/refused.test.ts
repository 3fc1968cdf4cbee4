// What a denial and an outage of Istio's validating webhook lead to, on a real API server that calls a webhook of that name.
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { freePort } from '../kits/control-plane/ports.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { removeFolder, scratchFolder } from '../kits/control-plane/scratch.ts';
import { makeAuthority } from '../kits/mesh/certificates.ts';
import { eventually, refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { SERVICE_ACCOUNT } from '../support/deploy.ts';
import { conditionsOf, untilCondition } from '../support/intent-status.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

/** Denies every Sidecar that lists namespace `green`, as istiod denies: with a message and without a code. Or hangs up. */
let mode: 'deny' | 'outage' = 'deny';

const webhook = (port: number, caBundle: string): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'istio-validator-istio-system' },
  webhooks: [
    {
      name: 'rev.validation.istio.io',
      clientConfig: { url: `https://127.0.0.1:${port}/validate`, caBundle },
      rules: [
        {
          operations: ['CREATE', 'UPDATE'],
          apiGroups: ['networking.istio.io'],
          apiVersions: ['*'],
          resources: ['sidecars'],
        },
      ],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 5,
    },
  ],
});

type Review = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string };
};

const judged = ({ apiVersion, kind, request }: Review): object => {
  const allowed = !JSON.stringify(request).includes('"green/');
  const status = allowed ? {} : { status: { message: 'green is not valid' } };
  return { apiVersion, kind, response: { uid: request.uid, allowed, ...status } };
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (mode === 'outage') {
    request.socket.destroy();
    return;
  }
  const review = (await json(request)) as Review;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(judged(review)));
}

describe.runIf(await realParts(ensureBinaries()))('a Sidecar that Istio would not accept', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller | undefined;
  let server: Server;
  let folder: string;
  let configuration: KubeObject;

  beforeAll(async () => {
    folder = await scratchFolder('webhook');
    const authority = await makeAuthority(folder);
    const { key, certificate } = await authority.issue(['127.0.0.1']);
    server = createServer({ key, cert: certificate }, (request, response) => void answer(request, response));
    const port = await freePort('127.0.0.1');
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    ({ kubernetes, cluster } = await startRealCluster());
    const bundle = Buffer.from(await readFile(authority.certificate)).toString('base64');
    configuration = webhook(port, bundle);
  });

  beforeEach(async () => {
    mode = 'deny';
    await cluster.apply(configuration);
    const refused = { ...SIDECAR, spec: { egress: [{ hosts: ['green/*'] }] } };
    await eventually(async () => expect(await cluster.create(refused).catch(String)).toMatch(/denied/), {
      withinMs: 10_000,
    });
    controller = await runningController(kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name));
  });

  afterEach(async () => {
    await cluster.remove(refOf(configuration));
    for (const intent of await cluster.list(story.intentRef())) await cluster.remove(refOf(intent));
    await eventually(async () => expect(await cluster.list(story.GENERATED.sidecars)).toEqual([]));
    await controller?.stop();
  });

  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
    server.close();
    await removeFolder(folder);
  });

  const SIDECAR: KubeObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'probe', namespace: 'green' },
  };

  const programmed = async (): Promise<unknown> => {
    await cluster.apply(story.appIntent([story.GREEN, story.BLUE_SVC]));
    const intent = await untilCondition(cluster, { is: 'False/NotProgrammed' });
    return conditionsOf(intent).find(({ type }) => type === 'Programmed');
  };

  test('is written in part after a denial, and the condition says Refused', async () => {
    expect(await programmed()).toMatchObject({
      reason: 'Refused',
      message: expect.stringMatching(
        /it stands without green\/\*, .*400 .*admission webhook "rev.validation.istio.io" denied the request/,
      ),
    });
    const text = JSON.stringify((await cluster.list(story.GENERATED.sidecars)).map(({ spec }) => spec));
    expect(text).toContain('nginx-blue-svc');
    expect(text).not.toContain('green');
  });

  test('is not written during an outage, and is written after it', async () => {
    mode = 'outage';
    expect(await programmed()).toMatchObject({
      reason: 'WriteFailed',
      message: expect.stringContaining('failed calling webhook'),
    });
    expect(await cluster.list(story.GENERATED.sidecars)).toEqual([]);
    await cluster.remove(refOf(configuration));
    await untilCondition(cluster, { is: 'True/Ready' });
  });
});
