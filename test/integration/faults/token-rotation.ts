// The token of the controller's service account is another one, and the old one is refused before the file is due to be read again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpMethod } from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import { removeFolder, scratchFolder } from '../../kits/control-plane/scratch.ts';
import { eventually } from '../../support/cluster.ts';
import type { Begun, Stage } from './stage.ts';

const NAMESPACE = 'egress-intent';
const SECRETS = { apiVersion: 'v1', plural: 'secrets', namespace: NAMESPACE };

/** A token that the API server refuses as soon as the Secret of this name is deleted. */
async function tokenBoundTo(cluster: Stage['cluster'], name: string): Promise<string> {
  const secret = await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
  });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name, uid: secret.metadata.uid };
  const { body } = await cluster.send(
    HttpMethod.POST,
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/egress-intent/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3_600, boundObjectRef },
    },
  );
  const { token } = (body as { readonly status: { readonly token: string } }).status;
  return token;
}

export async function withTokenRotation(stage: Stage): Promise<Begun> {
  const { cluster, kubernetes } = stage;
  const folder = await scratchFolder('token');
  const file = join(folder, 'token');
  const first = await tokenBoundTo(cluster, 'first-token');
  await writeFile(file, first);
  const kubeconfig = JSON.stringify(withTokenFile(JSON.parse(kubernetes.kubeconfig), file));
  await stage.start({ kubeconfig });
  await cluster.remove({ ...SECRETS, name: 'first-token' });
  await untilRefused(kubernetes.url, first);
  return {
    cure: async () => writeFile(file, await tokenBoundTo(cluster, 'second-token')),
    expectFelt: () => {
      if (!stage.warnings().join('\n').includes('401')) throw new Error('no request was refused');
    },
    expectAfter: async () => {
      await stage.start();
      await removeFolder(folder);
    },
  };
}

/** As the library describes the service account of a pod. */
const withTokenFile = (kubeconfig: object, tokenFile: string): object => ({
  ...kubeconfig,
  users: [{ name: 'admin', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } }],
});

/** The API server remembers for some seconds that a token was valid. */
async function untilRefused(url: string, token: string): Promise<void> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const headers = { authorization: `Bearer ${token}` };
  try {
    await eventually(
      async () => {
        const { statusCode, body } = await request(`${url}/api`, { dispatcher, headers });
        await body.dump();
        if (statusCode !== 401) throw new Error(`still ${statusCode}`);
      },
      { withinMs: 20_000, everyMs: 100 },
    );
  } finally {
    await dispatcher.close();
  }
}
