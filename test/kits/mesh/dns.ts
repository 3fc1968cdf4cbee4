// The DNS records of the mesh: the names of Services and of external hosts.
import { writeFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, whenReady, type Child } from '../control-plane/child.ts';
import { run } from '../control-plane/command.ts';

export type Names = {
  /** Makes the name resolve to these IPv4 addresses at once. Without addresses the name does not exist. */
  readonly set: (name: string, addresses: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts a DNS server on this address of a network namespace, over UDP and TCP. */
export async function serveNames(folder: string, netns: string, address: string): Promise<Names> {
  const file = join(folder, 'names.json');
  const records = new Map<string, readonly string[]>([['ready.test', ['127.0.0.1']]]);
  let written = save(file, records);
  await written;
  const child = await startChild({
    name: 'the DNS server',
    log: join(folder, 'dns.log'),
    netns,
    command: [process.execPath, join(import.meta.dirname, 'dns-server.ts'), address, file],
  });
  await untilReady(child, netns, address);
  return {
    set: (name, addresses) => {
      if (addresses.length === 0) records.delete(name.toLowerCase());
      else records.set(name.toLowerCase(), addresses);
      written = written.then(() => save(file, records)); // one after the other, so that the newest records are written last
      return written;
    },
    stop: child.kill,
  };
}

async function save(file: string, records: ReadonlyMap<string, readonly string[]>): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(records)));
  await rename(`${file}.new`, file);
}

/** Waits until the server answers over TCP, which it binds after UDP. */
async function untilReady(child: Child, netns: string, address: string): Promise<void> {
  const ask = [process.execPath, join(import.meta.dirname, 'dns-client.ts'), address, 'ready.test'] as const;
  await whenReady(child, async () => (await run('ip', ['netns', 'exec', netns, ...ask])).code === 0);
}
