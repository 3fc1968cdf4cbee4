// The test server of a pod or an external host, run as a process in its network namespace:
//     node app-server.ts CONFIG_FILE
// It prints `listening` once all its ports accept connections. It answers each request with an `Echo` as JSON.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
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
  ...ports.map((port) => serve(createServer(echo), port)),
  ...(tls?.ports ?? []).map((port) =>
    serve(createTlsServer({ key: tls?.key, cert: tls?.certificate }, echo), port),
  ),
]);
process.stdout.write('listening\n');

function echo(request: IncomingMessage, response: ServerResponse): void {
  const { socket, headers } = request;
  const sni =
    socket instanceof TLSSocket && typeof socket.servername === 'string' ? socket.servername : undefined;
  const body: Echo = { server: config.name, host: headers.host ?? '', ...(sni === undefined ? {} : { sni }) };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

/** Keeps idle connections open, so that a client never reuses a connection that this side is closing. */
async function serve(server: Server, port: number): Promise<void> {
  server.keepAliveTimeout = 0;
  server.listen(port, '0.0.0.0');
  await once(server, 'listening');
}
