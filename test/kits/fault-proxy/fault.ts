// Faults as data: which requests they hit, how often, and what becomes of those. Knows no sockets.

/** A request as the proxy sees it, before anything is done with it. */
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
  /** The proxy answers itself; the server hears nothing. `body` is sent as JSON; default: a fitting `Status`. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** The connection breaks: before the server hears anything or, given `afterBytes`, within the answer's body. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** The server did it, and the connection breaks before the client hears of it. */
  | { readonly kind: 'reset-after-forward' }
  /** Silence on an open connection: from the start or, given `afterBytes`, after so much of the answer's body. */
  | { readonly kind: 'black-hole'; readonly afterBytes?: number }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The answer ends as if it were complete, after so many bytes of its body. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** The request waits before the server hears it, until it is released. */
  | { readonly kind: 'hold' };

export type Injection = {
  readonly when: (request: ProxiedRequest) => boolean;
  /** How many requests it hits at most; default: all. */
  readonly times?: number;
  readonly fault: Fault;
};

export type Injected = {
  /** Hits no further request, and lets go of those that it holds. */
  readonly remove: () => void;
  /** Lets go of those that it holds; further ones are held again. */
  readonly release: () => void;
  /** How many requests it has hit. */
  readonly hits: () => number;
};

/** A fault that has come to pass. `released` resolves when a held request may go on. */
export type Hit = { readonly fault: Fault; readonly released: () => Promise<void> };

export type Faults = {
  readonly inject: (injection: Injection) => Injected;
  /** The fault that hits the request: of those that match, the one injected first. */
  readonly strike: (request: ProxiedRequest) => Hit | undefined;
};

export function createFaults(): Faults {
  const active = new Set<{ readonly injection: Injection; hits: number; readonly held: Set<() => void> }>();
  return {
    inject: (injection) => {
      const entry = { injection, hits: 0, held: new Set<() => void>() };
      active.add(entry);
      const release = (): void => {
        for (const letGo of entry.held) letGo();
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
    strike: (request) => {
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

/** What the API server would say with this status code. */
export function statusObject(code: number): unknown {
  const reason = REASONS[code] ?? 'Unknown';
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `an injected fault: ${reason}`,
    reason,
    code,
  };
}
