// Finds TCP ports for servers of the test.
import { createServer } from 'node:net';
import { once } from 'node:events';

const FIRST = 12_000;
const LAST = 32_000;

/**
 * A port that the kernel says is free on this address. It lies below the range from which the kernel takes the
 * local ports of outgoing connections: in that range a client that keeps asking for a stopped server can be
 * given the server's own port, and the server cannot come back to it.
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
