// Starts the server of a pod or of an outside host.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, whenReady, type Child } from '../control-plane/child.ts';
import type { ServerConfig } from './app-server.ts';
import type { Host } from './network.ts';

/** Starts it in the host's namespace; all its ports accept connections when this returns. */
export async function startServer(folder: string, host: Host, config: ServerConfig): Promise<Child> {
  const file = join(folder, `${host.netns}.server.json`);
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const child = await startChild({
    name: `the server of ${config.name}`,
    log: join(folder, `${host.netns}.server.log`),
    netns: host.netns,
    command: [process.execPath, join(import.meta.dirname, 'app-server.ts'), file],
  });
  // Not by connecting to it: an outside address means somebody else to the test process.
  await whenReady(child, async () => (await child.logText()).includes('listening\n'));
  return child;
}
