// A proxy in front of any API server, in which faults can be put: between a controller and the server that it trusts.
// It speaks plain HTTP to its clients, takes their credentials away and uses its own.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainKubeconfig } from '../../support/kubeconfig.ts';
import { serveOnLoopback } from '../../support/loopback.ts';
import {
  createFaults,
  statusObject,
  type Fault,
  type Hit,
  type Injected,
  type Injection,
  type ProxiedRequest,
} from './fault.ts';
import { relay } from './relay.ts';
import { upstreamOf } from './upstream.ts';

/** A request and what became of it. `status` is absent until there is an answer; `fault`: what hit it. */
export type ProxiedExchange = ProxiedRequest & { readonly status?: number; readonly fault?: Fault['kind'] };

export type RequestHook = (request: ProxiedRequest) => Promise<void> | void;
export type ResponseHook = (request: ProxiedRequest, status: number) => Promise<void> | void;

export type FaultProxy = {
  readonly url: string;
  /** A kubeconfig, as text, by which clients reach the server through the proxy. */
  readonly kubeconfig: string;
  /** Every request so far, in the order in which they came. */
  readonly requests: () => readonly ProxiedExchange[];
  /** Hits requests that are still to come. Where several faults match a request, the one injected first hits it. */
  readonly inject: (injection: Injection) => Injected;
  /** Calls back before a request is forwarded, and waits for it. Returns how to stop that. */
  readonly onRequest: (hook: RequestHook) => () => void;
  /** Calls back when the server has answered and the client has not heard of it, and waits for it. */
  readonly onResponse: (hook: ResponseHook) => () => void;
  /** Ends everything; open connections are cut. */
  readonly stop: () => Promise<void>;
};

type Exchange = { request: ProxiedRequest; status?: number; fault?: Fault['kind'] };

/** Starts a proxy on a free port of the loopback, to the current cluster of the kubeconfig and as its user. */
export async function startFaultProxy({ kubeconfig }: { readonly kubeconfig: string }): Promise<FaultProxy> {
  const upstream = upstreamOf(kubeconfig);
  const faults = createFaults();
  const exchanges: Exchange[] = [];
  const requestHooks = new Set<RequestHook>();
  const responseHooks = new Set<ResponseHook>();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange: Exchange = { request: describe(message, exchanges.length + 1) };
    exchanges.push(exchange);
    const body = await buffer(message);
    const request = { ...exchange.request, body: body.toString() };
    exchange.request = request;
    for (const hook of requestHooks) await hook(request);
    const hit = faults.strike(request);
    if (hit !== undefined) exchange.fault = hit.fault.kind;
    if (!(await survives(hit, response))) return;
    // Nothing tells the server when the client has given up: what was sent arrives.
    const answer = await upstream.send(
      request.method,
      message.url ?? '/',
      headersFor(message, body.length),
      body,
    );
    exchange.status = answer.statusCode ?? 0;
    for (const hook of responseHooks) await hook(request, exchange.status);
    relay(answer, response, hit?.fault);
  };
  // No server behind the proxy is, to the client, a connection that breaks.
  const server = await serveOnLoopback(serve);
  return {
    url: server.url,
    kubeconfig: plainKubeconfig(server.url),
    requests: () => exchanges.map(({ request, ...outcome }) => ({ ...request, ...outcome })),
    inject: faults.inject,
    onRequest: (hook) => registered(requestHooks, hook),
    onResponse: (hook) => registered(responseHooks, hook),
    stop: async () => {
      upstream.close();
      await server.stop();
    },
  };
}

/** Whether a request is still to be forwarded after what hits it on its way. */
async function survives(hit: Hit | undefined, response: ServerResponse): Promise<boolean> {
  const fault = hit?.fault;
  switch (fault?.kind) {
    case 'status': {
      const { status, headers = {}, body = statusObject(status) } = fault;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
      return false;
    }
    case 'reset':
      if (fault.afterBytes !== undefined) return true;
      response.socket?.resetAndDestroy();
      return false;
    case 'black-hole':
      return fault.afterBytes !== undefined;
    case 'delay':
      await sleep(fault.ms);
      return true;
    case 'hold':
      await hit?.released();
      return true;
    default:
      return true;
  }
}

function describe({ method = 'GET', url = '/', headers }: IncomingMessage, order: number): ProxiedRequest {
  const mark = url.includes('?') ? url.indexOf('?') : url.length;
  return {
    order,
    method,
    path: url.slice(0, mark),
    query: url.slice(mark + 1),
    userAgent: headers['user-agent'] ?? '',
    contentType: headers['content-type'] ?? '',
    body: '',
  };
}

/** The client's headers, without those of its connection and its credentials. */
function headersFor({ headers }: IncomingMessage, length: number): OutgoingHttpHeaders {
  const own = new Set([
    'host',
    'connection',
    'keep-alive',
    'transfer-encoding',
    'content-length',
    'authorization',
  ]);
  const passed = Object.entries(headers).filter(([name]) => !own.has(name));
  return { ...Object.fromEntries(passed), ...(length === 0 ? {} : { 'content-length': length }) };
}

function registered<T>(hooks: Set<T>, hook: T): () => void {
  hooks.add(hook);
  return () => void hooks.delete(hook);
}
