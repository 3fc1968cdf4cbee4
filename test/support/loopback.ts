// An HTTP server on a free loopback port, for the servers that run in the test process.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LoopbackServer = {
  readonly url: string;
  /** Stops listening and closes every connection. */
  readonly stop: () => Promise<void>;
};

/** Serves until it is stopped. If the handler rejects, the connection is closed. */
export async function serveOnLoopback(
  handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<LoopbackServer> {
  // Idle connections stay open during the pauses of a test, so that none is closed while a client starts to use it.
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, (request, response) => {
    handler(request, response).catch(() => response.destroy());
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
