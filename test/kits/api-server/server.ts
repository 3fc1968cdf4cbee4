// An API server in this process, over node:http: enough of Kubernetes for a controller that watches, applies and
// deletes. It has no CEL, no RBAC, no admission, no conversion between versions, no protobuf, no tables for kubectl, no
// cascading deletion but in the background, no kubelet, and no storage beyond its life. Pods and Services keep fields
// that it does not know. In what it does have it behaves as a kube-apiserver 1.36: conformance.ts holds both to that.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainKubeconfig } from '../../support/kubeconfig.ts';
import { serveOnLoopback } from '../../support/loopback.ts';
import { boot, type BootOptions } from './boot.ts';
import { crashed, handle, type Answer, type Context } from './handle.ts';

export type ApiServerOptions = BootOptions & {
  /** How often a watch that wants bookmarks gets one, in milliseconds. Default 60,000, as in the real server. */
  readonly bookmarkIntervalMs?: number;
};

/** A request as it was received. `status` is absent until it is answered. */
export type RequestRecord = {
  readonly method: string;
  readonly path: string;
  /** The query as it was sent, without the question mark. */
  readonly query: string;
  readonly userAgent: string;
  readonly contentType: string;
  readonly status?: number;
};

export type ApiServer = {
  readonly url: string;
  /** A kubeconfig, as text: plain HTTP, no credentials. */
  readonly kubeconfig: string;
  /** Every request so far, in the order in which they came. */
  readonly requests: () => readonly RequestRecord[];
  /** Forgets all history: watches and pages that need some are told that it has expired (410). */
  readonly compact: () => void;
  /** Ends every open watch, as the real server does when a watch runs into its time limit. */
  readonly closeWatches: () => void;
  /** Ends everything; open connections are cut. */
  readonly stop: () => Promise<void>;
};

/** Starts a server on a free port of the loopback. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { bookmarkIntervalMs = 60_000 } = options;
  const { api, stop } = boot(options);
  const records: { request: RequestRecord; status?: number }[] = [];
  const watches = new Set<ServerResponse>();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const record: { request: RequestRecord; status?: number } = { request: recordOf(message) };
    records.push(record);
    const answer = answerTo({ api, bookmarkIntervalMs }, message, await bodyOf(message));
    record.status = answer.kind === 'text' ? answer.code : 200;
    if (answer.kind === 'text') {
      const length = Buffer.byteLength(answer.text);
      response.writeHead(answer.code, { 'content-type': answer.type, 'content-length': length });
      response.end(answer.text);
      return;
    }
    watches.add(response);
    response.once('close', () => watches.delete(response));
    answer.watcher.start(response);
  };
  const server = await serveOnLoopback(serve);
  return {
    url: server.url,
    kubeconfig: plainKubeconfig(server.url),
    requests: () =>
      records.map(({ request, status }) => (status === undefined ? request : { ...request, status })),
    compact: api.store.compact,
    closeWatches: () => watches.forEach((response) => response.end()),
    stop: async () => {
      stop();
      await server.stop();
    },
  };
}

/** The body as text; by events, which takes half the time of reading it as a stream. */
function bodyOf(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    message.setEncoding('utf8');
    message.on('data', (chunk: string) => (body += chunk));
    message.once('end', () => resolve(body));
    message.once('error', reject);
  });
}

function answerTo(context: Context, message: IncomingMessage, body: string): Answer {
  const { method, path, query, userAgent, contentType } = recordOf(message);
  const { accept } = message.headers;
  try {
    return handle(context, {
      method,
      path,
      query: new URLSearchParams(query),
      userAgent,
      accept,
      contentType: (contentType.split(';')[0] ?? '').trim(),
      body,
    });
  } catch (error) {
    return crashed(error);
  }
}

function recordOf({ method = 'GET', url = '/', headers }: IncomingMessage): RequestRecord {
  const mark = url.includes('?') ? url.indexOf('?') : url.length;
  return {
    method,
    path: url.slice(0, mark),
    query: url.slice(mark + 1),
    userAgent: headers['user-agent'] ?? '',
    contentType: headers['content-type'] ?? '',
  };
}
