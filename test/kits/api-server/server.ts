// An API server in this process, over node:http: the part of Kubernetes that the controller and the demo ask for, and
// 501 for everything else. README.md says what it serves.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { plainKubeconfig } from '../../support/kubeconfig.ts';
import { serveOnLoopback } from '../../support/loopback.ts';
import { BUILTINS, DEFINITIONS, NAMESPACES } from './builtins.ts';
import { resourceOf } from './custom-resource-definition.ts';
import { startCollector } from './garbage.ts';
import { handle } from './handle.ts';
import type { Api } from './persist.ts';
import { createRegistry } from './resource.ts';
import { createStore, tableOf } from './store.ts';
import { create } from './write.ts';

export type ApiServerOptions = {
  /** How often a watch that wants bookmarks gets one, in milliseconds. Default 60,000, as in the real server. */
  readonly bookmarkIntervalMs?: number;
};

/** A request as it came; the query is without the question mark. */
export type RequestRecord = Readonly<Record<'method' | 'path' | 'query' | 'userAgent', string>>;

export type ApiServer = {
  readonly url: string;
  /** A kubeconfig, as text: plain HTTP, no credentials. */
  readonly kubeconfig: string;
  /** Every request so far, in order. */
  readonly requests: () => readonly RequestRecord[];
  /** Forgets all history: watches and pages that need it get 410. */
  readonly compact: () => void;
  /** Ends every open watch, as the real server does after some minutes. */
  readonly closeWatches: () => void;
  /** Ends everything and cuts open connections. */
  readonly stop: () => Promise<void>;
};

/** Starts a server on a free port of the loopback. */
export async function startApiServer({
  bookmarkIntervalMs = 60_000,
}: ApiServerOptions = {}): Promise<ApiServer> {
  const { api, stop } = createCluster();
  const records: RequestRecord[] = [];
  const watches = new Set<ServerResponse>();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const record = recordOf(message);
    records.push(record);
    const { accept = '*/*', 'content-type': type = '' } = message.headers;
    const contentType = (type.split(';')[0] ?? '').trim();
    const query = new URLSearchParams(record.query);
    const request = { ...record, query, accept, contentType, body: await text(message) };
    const answer = handle(api, request, bookmarkIntervalMs);
    if (typeof answer === 'function') {
      watches.add(response);
      response.once('close', () => watches.delete(response));
      answer(response);
      return;
    }
    const body = JSON.stringify(answer.body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    response.writeHead(answer.code, headers).end(body);
  };
  const server = await serveOnLoopback(serve);
  return {
    url: server.url,
    kubeconfig: plainKubeconfig(server.url),
    requests: () => [...records],
    compact: api.store.compact,
    closeWatches: () => watches.forEach((response) => response.end()),
    stop: async () => {
      stop();
      await server.stop();
    },
  };
}

/** A cluster as it is after its start: the built-in kinds, and the namespaces that always exist. */
function createCluster(): { readonly api: Api; readonly stop: () => void } {
  const api: Api = { store: createStore(), registry: createRegistry() };
  for (const resource of BUILTINS) api.registry.install(resource);
  api.store.subscribe(({ table, after }) => {
    if (table === tableOf(DEFINITIONS) && after !== undefined) api.registry.install(resourceOf(after));
  });
  const target = { resource: NAMESPACES, namespace: undefined, isStatus: false };
  for (const name of ['default', 'kube-system'])
    create(api, target, { metadata: { name } }, 'kube-apiserver');
  return { api, stop: startCollector(api) };
}

function recordOf({ method = 'GET', url = '/', headers }: IncomingMessage): RequestRecord {
  const mark = url.includes('?') ? url.indexOf('?') : url.length;
  const userAgent = headers['user-agent'] ?? '';
  return { method, path: url.slice(0, mark), query: url.slice(mark + 1), userAgent };
}
