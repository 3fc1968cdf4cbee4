// Starts the test server of a pod or an external host as a child process.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, whenReady, type Child } from '../control-plane/child.ts';
import type { ServerConfig } from './app-server.ts';
import type { Host } from './network.ts';

/** Starts the server in the host's network namespace. All its ports accept connections when this returns. */
export async function startServer(folder: string, host: Host, config: ServerConfig): Promise<Child> {
  const file = join(folder, `${host.netns}.server.json`);
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const child = await startChild({
    name: `the server of ${config.name}`,
    log: join(folder, `${host.netns}.server.log`),
    netns: host.netns,
    command: [process.execPath, join(import.meta.dirname, 'app-server.ts'), file],
  });
  // Not checked by a connection: in the test process's own network, an external address is a real host.
  await whenReady(child, async () => (await child.logText()).includes('listening\n'));
  return child;
}
