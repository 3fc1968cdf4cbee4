// A proxy in front of any API server, into which tests inject faults. It serves plain HTTP, drops its clients'
// credentials and uses those of its kubeconfig. Knows nothing of Kubernetes objects.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainKubeconfig } from '../../support/kubeconfig.ts';
import { serveOnLoopback } from '../../support/loopback.ts';
import {
  createFaults,
  statusObject,
  type AppliedFault,
  type Fault,
  type Injected,
  type Injection,
  type ProxiedRequest,
} from './fault.ts';
import { relay } from './relay.ts';
import { upstreamOf } from './upstream.ts';

/** A request and its outcome. `status` is absent until the server responds; `fault` is what was applied to it. */
export type ProxiedExchange = ProxiedRequest & {
  readonly status?: number;
  readonly fault?: Fault['kind'];
  /** When it arrived, by the monotonic clock, in ms. */
  readonly at: number;
};

export type RequestHook = (request: ProxiedRequest) => Promise<void> | void;
export type ResponseHook = (request: ProxiedRequest, status: number) => Promise<void> | void;

export type FaultProxy = {
  readonly url: string;
  /** The text of a kubeconfig for clients of the proxy. */
  readonly kubeconfig: string;
  /** Every request so far, in the order of arrival. */
  readonly requests: () => readonly ProxiedExchange[];
  /** Applies a fault to future requests. If several match a request, the one that was injected first applies. */
  readonly inject: (injection: Injection) => Injected;
  /** Calls the hook before each request is forwarded, and awaits it. Returns a function that removes the hook. */
  readonly onRequest: (hook: RequestHook) => () => void;
  /** Calls the hook after the server responds, before the client gets the response; else as `onRequest`. */
  readonly onResponse: (hook: ResponseHook) => () => void;
  /** Does the same to every response that is under way, such as the watches: its connection breaks, or stays open without data. */
  readonly endOpen: (how: 'reset' | 'black-hole') => void;
  /** Stops the proxy and breaks open connections. */
  readonly stop: () => Promise<void>;
};

type Exchange = { request: ProxiedRequest; at: number; status?: number; fault?: Fault['kind'] };

/** Starts a proxy on a free loopback port. It connects to the current cluster of the kubeconfig as its user. */
export async function startFaultProxy({ kubeconfig }: { readonly kubeconfig: string }): Promise<FaultProxy> {
  const upstream = upstreamOf(kubeconfig);
  const faults = createFaults();
  const exchanges: Exchange[] = [];
  const open = new Set<Readonly<Record<'reset' | 'black-hole', () => void>>>();
  const requestHooks = new Set<RequestHook>();
  const responseHooks = new Set<ResponseHook>();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange: Exchange = {
      request: describe(message, exchanges.length + 1),
      at: performance.now(),
    };
    exchanges.push(exchange);
    const body = await buffer(message);
    const request = { ...exchange.request, body: body.toString() };
    exchange.request = request;
    for (const hook of requestHooks) await hook(request);
    const applied = faults.apply(request);
    if (applied !== undefined) exchange.fault = applied.fault.kind;
    if (!(await isForwarded(applied, response))) return;
    // A client that gives up does not cancel its request: the server still gets it.
    const answer = await upstream.send(
      request.method,
      message.url ?? '/',
      headersFor(message, body.length),
      body,
    );
    exchange.status = answer.statusCode ?? 0;
    for (const hook of responseHooks) await hook(request, exchange.status);
    const silence = relay(answer, response, applied?.fault);
    const under = { reset: () => response.destroy(), 'black-hole': silence };
    open.add(under);
    response.once('close', () => open.delete(under));
  };
  // If the server cannot be reached, the client's connection breaks.
  const server = await serveOnLoopback(serve);
  return {
    url: server.url,
    kubeconfig: plainKubeconfig(server.url),
    requests: () => exchanges.map(({ request, ...outcome }) => ({ ...request, ...outcome })),
    inject: faults.inject,
    onRequest: (hook) => addHook(requestHooks, hook),
    onResponse: (hook) => addHook(responseHooks, hook),
    endOpen: (how) => {
      for (const response of open) response[how]();
    },
    stop: async () => {
      upstream.close();
      await server.stop();
    },
  };
}

/** Carries out the part of a fault that comes before the server. True if the request is then forwarded. */
async function isForwarded(applied: AppliedFault | undefined, response: ServerResponse): Promise<boolean> {
  const fault = applied?.fault;
  switch (fault?.kind) {
    case 'status': {
      const { status, headers = {}, body = statusObject(status) } = fault;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
      return false;
    }
    case 'events':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(fault.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      return false;
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
      await applied?.released();
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

/** The client's headers without hop-by-hop headers and credentials. */
function headersFor({ headers }: IncomingMessage, length: number): OutgoingHttpHeaders {
  const dropped = new Set([
    'host',
    'connection',
    'keep-alive',
    'transfer-encoding',
    'content-length',
    'authorization',
  ]);
  const passed = Object.entries(headers).filter(([name]) => !dropped.has(name));
  return { ...Object.fromEntries(passed), ...(length === 0 ? {} : { 'content-length': length }) };
}

function addHook<T>(hooks: Set<T>, hook: T): () => void {
  hooks.add(hook);
  return () => void hooks.delete(hook);
}
