// Requests to the API server: authenticated, over pooled connections, with failures as values.
import type { Readable } from 'node:stream';
import { HttpMethod, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { request as send } from 'undici';
import { err, ok, type Result } from '../domain/result.ts';
import { errorOfAnswer, errorOfFailure, type ApiError } from './api-error.ts';
import { PooledKubeConfig } from './pooled-kubeconfig.ts';

export type Request = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Absolute path without the query, such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Asked at the last moment, since authentication may take its time: an error keeps the request from being sent. */
  readonly guard?: () => ApiError | undefined;
};

/** A request that was sent, and how it ended. */
export type Answered = Pick<Request, 'method' | 'path' | 'query'> & {
  /** The HTTP status; absent where there was no answer. */
  readonly code?: number;
  /** Until the answer began, or its absence was known. */
  readonly seconds: number;
};

export type Transport = {
  /** Returns the JSON of the answer. */
  readonly request: (request: Request) => Promise<Result<unknown, ApiError>>;
  /** Returns the body as a stream, without a limit on its duration. */
  readonly stream: (request: Request) => Promise<Result<Readable, ApiError>>;
  /** That of the kubeconfig or, in a cluster, that of the pod. */
  readonly namespace: string | undefined;
  /** Calls back after each request that was sent. */
  readonly subscribe: (listener: (request: Answered) => void) => void;
  /** How long a watch may be without a line, in ms. */
  readonly watchIdleMs: number;
  readonly close: () => Promise<void>;
};

type TransportOptions = {
  /** Loads a kubeconfig. Default: the search of the library, which ends at the pod's service account. */
  readonly load?: (config: KubeConfig) => void;
  readonly userAgent: string;
  /** How long a request may wait for its answer, in ms. Default 15,000. */
  readonly timeoutMs?: number;
  /** How long a watch may be without a line, in ms. Default 90,000: the server sends a bookmark about once a minute, so it is dead then. */
  readonly watchIdleMs?: number;
};

export function connect({
  load,
  userAgent,
  timeoutMs = 15_000,
  watchIdleMs = 90_000,
}: TransportOptions): Transport {
  const config = new PooledKubeConfig(timeoutMs);
  if (load === undefined) config.loadFromDefault();
  else load(config);
  demandServer(config);
  const listeners: ((request: Answered) => void)[] = [];
  const client = {
    config,
    userAgent,
    answered: (request: Answered) => listeners.forEach((tell) => tell(request)),
  };
  return {
    request: async (request) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
      const answer = await open(client, { ...request, signal });
      return answer.ok ? bodyJson(answer.value) : answer;
    },
    watchIdleMs,
    stream: (request) => open(client, request),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    subscribe: (listener) => void listeners.push(listener),
    close: () => config.close(),
  };
}

/** Throws where no request could ever be sent, so that nobody waits for an answer. */
function demandServer(config: KubeConfig): void {
  const { server = '', skipTLSVerify = false } = config.getCurrentCluster() ?? {};
  if (server.startsWith('https:') || skipTLSVerify) return;
  throw new Error(
    server === FALLBACK_SERVER
      ? 'there is neither a kubeconfig nor the service account of a pod: give --kubeconfig, or set KUBECONFIG'
      : server === ''
        ? 'the kubeconfig has no API server for its current context: correct current-context and its cluster'
        : `the API server of the kubeconfig is at ${server}: write an address that begins with https://`,
  );
}

/** Of the library, where it finds no configuration. */
const FALLBACK_SERVER = 'http://localhost:8080';

type Client = {
  readonly config: PooledKubeConfig;
  readonly userAgent: string;
  readonly answered: (request: Answered) => void;
};

async function open(
  { config, userAgent, answered }: Client,
  request: Request,
): Promise<Result<Readable, ApiError>> {
  const { method, accept = 'application/json', contentType = 'application/json', body, signal } = request;
  try {
    const context = await authenticated(config, request);
    const dispatcher = context.getDispatcher();
    const headers = { ...context.getHeaders(), 'user-agent': userAgent, accept };
    const refusal = request.guard?.();
    if (refusal !== undefined) return err(refusal);
    const answer = await timed(request, answered, () =>
      send(context.getUrl(), {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(dispatcher === undefined ? {} : { dispatcher }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    if (answer.statusCode === 401) config.forgetToken();
    if (answer.statusCode < 400) return ok(answer.body);
    const retryAfter = answer.headers['retry-after'];
    const seconds = typeof retryAfter === 'string' ? retryAfter : undefined;
    return err(errorOfAnswer(answer.statusCode, await answer.body.text(), seconds));
  } catch (error) {
    return err(errorOfFailure(error));
  }
}

async function timed(
  { method, path, query = {} }: Request,
  answered: Client['answered'],
  ask: () => ReturnType<typeof send>,
): ReturnType<typeof send> {
  const started = performance.now();
  const told = (code: number | undefined): void =>
    answered({
      method,
      path,
      query,
      seconds: (performance.now() - started) / 1000,
      ...(code !== undefined && { code }),
    });
  try {
    const answer = await ask();
    told(answer.statusCode);
    return answer;
  } catch (error) {
    told(undefined);
    throw error;
  }
}

async function authenticated(config: KubeConfig, { method, path, query }: Request): Promise<RequestContext> {
  const server = config.getCurrentCluster()?.server ?? '';
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const context = new RequestContext(`${server}${path}${search}`, HttpMethod[method]);
  await config.applySecurityAuthentication(context);
  return context;
}

async function bodyJson(body: Readable): Promise<Result<unknown, ApiError>> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return ok(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    return err(errorOfFailure(error));
  }
}
