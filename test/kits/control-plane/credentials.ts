// How an API server authenticates its callers: static tokens, a key for service accounts, kubeconfigs.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** With a name such as `system:serviceaccount:NAMESPACE:NAME`, RBAC treats the user as that service account. */
export type User = { readonly name: string; readonly groups?: readonly string[] };

export type Credentials = {
  readonly tokens: ReadonlyMap<string, string>;
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
};

/** The administrator, who may do everything. */
export const ADMIN = { name: 'admin', groups: ['system:masters'] } as const satisfies User;

/** Writes the files into the folder. Each user and the administrator get a random token. */
export async function writeCredentials(folder: string, users: readonly User[]): Promise<Credentials> {
  const tokenFile = join(folder, 'tokens.csv');
  const serviceAccountKey = join(folder, 'service-account.key');
  const accounts = [ADMIN, ...users].map((user) => ({ ...user, token: randomBytes(16).toString('hex') }));
  const lines = accounts.map(
    ({ name, groups = [], token }) => `${token},"${name}","${name}","${groups.join(',')}"`,
  );
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  await Promise.all([
    writeFile(tokenFile, `${lines.join('\n')}\n`, { mode: 0o600 }),
    writeFile(serviceAccountKey, privateKey, { mode: 0o600 }),
  ]);
  return { tokens: new Map(accounts.map(({ name, token }) => [name, token])), tokenFile, serviceAccountKey };
}

/** The text of a kubeconfig, as JSON, which is YAML. `ca` is the certificate of the authority (PEM). */
export function kubeconfigText(entry: {
  readonly url: string;
  readonly ca: string;
  readonly user: string;
  readonly token: string;
}): string {
  const { url, ca, user, token } = entry;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    'current-context': 'test',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
