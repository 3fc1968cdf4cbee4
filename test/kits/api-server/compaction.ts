// Makes the storage of a real kube-apiserver forget its history, as the server itself does every five minutes. The
// address of its etcd is read from the arguments of its process (Linux).
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'undici';
import { openWire } from './conformance/wire.ts';

/** `url`: that of the API server, by whose port its process is known. */
export async function compactStorage(url: string, kubeconfig: string): Promise<void> {
  const wire = openWire(kubeconfig);
  const { body } = await wire.send('GET', '/api/v1/namespaces?limit=1');
  await wire.close();
  const { statusCode } = await request(`${await etcdOf(new URL(url).port)}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: body.metadata.resourceVersion, physical: true }),
  });
  if (statusCode !== 200) throw new Error(`etcd would not compact: ${statusCode}`);
}

async function etcdOf(port: string): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    // A process may end between these two lines.
    const flags = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const storage = flags.find((flag) => flag.startsWith('--etcd-servers='));
    if (storage !== undefined && flags.includes(`--secure-port=${port}`)) return storage.split('=')[1] ?? '';
  }
  throw new Error(`no kube-apiserver at port ${port}`);
}
