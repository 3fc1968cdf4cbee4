// Finds free TCP ports for the servers that a test starts.
import { createServer } from 'node:net';
import { once } from 'node:events';

const FIRST = 12_000;
const LAST = 32_000;

/**
 * Returns a port that is free on this address at the moment. It is below the kernel's range of ephemeral ports: in that
 * range, a client that retries while the server is stopped can get the server's port as its local port, and then the
 * server cannot restart on it.
 */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const server = createServer();
    server.listen(port, address);
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
