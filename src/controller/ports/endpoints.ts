// The HTTP endpoints of the process: liveness, readiness, metrics and, on the loopback interface only, the log level.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../metrics/metrics.ts';

export type Endpoints = {
  /** The actual port, also where 0 was requested. */
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** `/healthz` answers 200 while the process lives; `/readyz` answers 503 while there are reasons why it is not ready, and lists them. */
export function serveHealth(port: number, whyNotReady: () => readonly string[]): Promise<Endpoints> {
  return listen(port, async (path, response) => {
    const reasons = path === '/readyz' ? whyNotReady() : [];
    if (reasons.length > 0) answer(response, 503, `${reasons.join('\n')}\n`);
    else if (path === '/healthz' || path === '/readyz') answer(response, 200, 'ok\n');
    else answer(response, 404, 'healthz or readyz\n');
  });
}

export function serveMetrics(
  port: number,
  metrics: Pick<Metrics, 'text' | 'contentType'>,
): Promise<Endpoints> {
  return listen(port, async (path, response) => {
    if (path === '/metrics') answer(response, 200, await metrics.text(), metrics.contentType);
    else answer(response, 404, 'metrics\n');
  });
}

/** Rejects, with none of them open, if one cannot be opened. */
export async function servedTogether(opening: readonly Promise<Endpoints>[]): Promise<readonly Endpoints[]> {
  const settled = await Promise.allSettled(opening);
  const open = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed === undefined) return open;
  await Promise.all(open.map(({ close }) => close()));
  throw failed.reason;
}

type Handler = (path: string, response: ServerResponse, request: IncomingMessage) => Promise<void>;

/** Without a host, on every interface. */
export async function listen(port: number, handle: Handler, host?: string): Promise<Endpoints> {
  const server = createServer((request, response) => {
    handle(request.url ?? '', response, request).catch((error: unknown) =>
      answer(response, 500, String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`port ${port} cannot be opened: ${error.message}`)));
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
  return { port: portOf(server), close: () => closed(server) };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}

export function answer(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain',
): void {
  response.writeHead(status, { 'content-type': contentType }).end(text);
}
