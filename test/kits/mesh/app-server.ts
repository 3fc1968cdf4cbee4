// The test server of a pod or an external host, run as a process in its network namespace:
//     node app-server.ts CONFIG_FILE
// It prints `listening` once all its ports accept connections. It answers each request with an `Echo` as JSON, and one
// to `/?delay=MS` after that many milliseconds.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { Echo } from './answer.ts';

export type ServerConfig = {
  readonly name: string;
  readonly ports: readonly number[];
  readonly tls?: { readonly ports: readonly number[]; readonly key: string; readonly certificate: string };
};

const [configFile = ''] = process.argv.slice(2);
const config = JSON.parse(readFileSync(configFile, 'utf8')) as ServerConfig;

const { ports, tls } = config;
await Promise.all([
  ...ports.map((port) => serve(createServer(answer), port)),
  ...(tls?.ports ?? []).map((port) =>
    serve(createTlsServer({ key: tls?.key, cert: tls?.certificate }, answer), port),
  ),
]);
process.stdout.write('listening\n');

function answer(request: IncomingMessage, response: ServerResponse): void {
  const delay = Number(/[?&]delay=(?<ms>\d+)/.exec(request.url ?? '')?.groups?.['ms'] ?? 0);
  if (delay === 0) echo(request, response);
  else void sleep(delay).then(() => echo(request, response));
}

function echo({ socket, headers }: IncomingMessage, response: ServerResponse): void {
  const sni =
    socket instanceof TLSSocket && typeof socket.servername === 'string' ? socket.servername : undefined;
  const body: Echo = {
    server: config.name,
    from: socket.remoteAddress ?? '',
    host: headers.host ?? '',
    ...(sni === undefined ? {} : { sni }),
  };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

/** Keeps idle connections open, so that a client never reuses a connection that this side is closing. */
async function serve(server: Server, port: number): Promise<void> {
  server.keepAliveTimeout = 0;
  server.listen(port, '0.0.0.0');
  await once(server, 'listening');
}
