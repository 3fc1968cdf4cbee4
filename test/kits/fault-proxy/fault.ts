// Faults as data: which requests they apply to, how often, and what they do. Knows no sockets.

/** A request as the proxy received it. */
export type ProxiedRequest = {
  /** 1 for the first request, and so on. */
  readonly order: number;
  readonly method: string;
  readonly path: string;
  /** The query as it was sent, without the question mark. */
  readonly query: string;
  readonly userAgent: string;
  readonly contentType: string;
  readonly body: string;
};

export type Fault =
  /** The proxy answers, and the server receives nothing. `body` is sent as JSON; default: a `Status` of this code. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The proxy answers with 200 and these lines of JSON, as a watch, and the server receives nothing. */
  | { readonly kind: 'events'; readonly events: readonly unknown[] }
  /** The connection breaks: before the server receives anything or, with `afterBytes`, within the response body. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** The server handles the request, and the connection breaks before the client gets the response. */
  | { readonly kind: 'reset-after-forward' }
  /** The connection stays open without data: from the start or, with `afterBytes`, after that much of the body. */
  | { readonly kind: 'black-hole'; readonly afterBytes?: number }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The response ends as if it were complete, after this many bytes of its body. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** The request waits until it is released, before the server receives it. */
  | { readonly kind: 'hold' };

export type Injection = {
  readonly when: (request: ProxiedRequest) => boolean;
  /** The largest number of requests that it applies to. Default: all. */
  readonly times?: number;
  readonly fault: Fault;
};

export type Injected = {
  /** Applies to no further request, and releases those that it holds. */
  readonly remove: () => void;
  /** Releases the requests that it holds. Further ones are held again. */
  readonly release: () => void;
  /** The number of requests that it was applied to so far. */
  readonly hits: () => number;
};

/** The fault of one request. `released` resolves when a held request may go on. */
export type AppliedFault = { readonly fault: Fault; readonly released: () => Promise<void> };

export type Faults = {
  readonly inject: (injection: Injection) => Injected;
  /** The fault that applies to the request: of those that match, the one that was injected first. Counts as a hit. */
  readonly apply: (request: ProxiedRequest) => AppliedFault | undefined;
};

export function createFaults(): Faults {
  const active = new Set<{ readonly injection: Injection; hits: number; readonly held: Set<() => void> }>();
  return {
    inject: (injection) => {
      const entry = { injection, hits: 0, held: new Set<() => void>() };
      active.add(entry);
      const release = (): void => {
        for (const releaseOne of entry.held) releaseOne();
        entry.held.clear();
      };
      return {
        remove: () => {
          active.delete(entry);
          release();
        },
        release,
        hits: () => entry.hits,
      };
    },
    apply: (request) => {
      for (const entry of active) {
        const { times = Infinity, when, fault } = entry.injection;
        if (entry.hits >= times || !when(request)) continue;
        entry.hits += 1;
        return { fault, released: () => new Promise((resolve) => entry.held.add(resolve)) };
      }
      return undefined;
    },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The `Status` object that an API server sends with this code. */
export function statusObject(code: number): unknown {
  const reason = REASONS[code] ?? 'Unknown';
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `injected fault: ${reason}`,
    reason,
    code,
  };
}
