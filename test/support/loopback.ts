// An HTTP server on a free port of the loopback, for the servers that tests put up in their own process.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LoopbackServer = {
  readonly url: string;
  /** Stops listening and cuts every connection. */
  readonly stop: () => Promise<void>;
};

/** Serves until it is stopped. A handler that fails has its connection cut. */
export async function serveOnLoopback(
  handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<LoopbackServer> {
  // Idle connections outlive the pauses between two requests of a test, so that none is cut under a client's feet.
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
