// Requests share one pool of connections for as long as the TLS material stays the same.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PooledKubeConfig } from '../../../src/kubernetes/pooled-kubeconfig.ts';

let folder: string;
let config: PooledKubeConfig;
const FILES = ['ca', 'cert', 'key'] as const;
const path = (file: string): string => join(folder, file);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-intent-kubeconfig-'));
  for (const file of FILES) await writeFile(path(file), `${file} 1`);
  config = new PooledKubeConfig(1_000);
  config.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://127.0.0.1:1', caFile: path('ca') }],
    users: [{ name: 'u', certFile: path('cert'), keyFile: path('key') }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
});
afterEach(async () => {
  await config.close();
  await rm(folder, { recursive: true });
});

async function dispatcher(): Promise<unknown> {
  const context = new RequestContext('https://127.0.0.1:1/api', HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return context.getDispatcher();
}

test('the token of a file is read again once it is refused', async () => {
  const file = join(folder, 'token');
  await writeFile(file, 'first\n');
  const rotating = new PooledKubeConfig(1_000);
  rotating.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://127.0.0.1:1' }],
    users: [{ name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile: file } } }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  const sent = async (): Promise<string | undefined> => {
    const context = new RequestContext('https://127.0.0.1:1/api', HttpMethod.GET);
    await rotating.applySecurityAuthentication(context);
    return context.getHeaders()['Authorization'];
  };
  expect(await sent()).toBe('Bearer first');
  await writeFile(file, 'second');
  expect(await sent()).toBe('Bearer first');
  rotating.forgetToken();
  expect(await sent()).toBe('Bearer second');
  await rotating.close();
});

test.each(FILES)('every request uses one pool until the %s is another', async (file) => {
  const before = await dispatcher();
  expect(before).toBeDefined();
  expect(await dispatcher()).toBe(before);
  await writeFile(path(file), `${file} 2`);
  const after = await dispatcher();
  expect(after).not.toBe(before);
  expect(await dispatcher()).toBe(after);
});
