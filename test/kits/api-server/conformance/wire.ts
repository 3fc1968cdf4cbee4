// The bare wire to an API server, for the conformance suite: requests with any header, and watches line by line.
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, request, type Dispatcher } from 'undici';
import { eventually } from '../../../support/cluster.ts';

export type Body = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly subresource?: string;
      readonly time?: string;
      readonly fieldsV1: unknown;
    }[];
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: unknown;
  readonly items: readonly Body[];
  readonly data?: Readonly<Record<string, string>>;
  readonly message: string;
  readonly reason?: string;
  readonly code: number;
  readonly details?: Readonly<Record<string, unknown>> & {
    readonly causes?: readonly {
      readonly reason: string;
      readonly field: string;
      readonly message: string;
    }[];
  };
  readonly [other: string]: unknown;
};

/** `body` is what the server sent, believed to be an object of the API; `text` is what it was. */
export type Reply = {
  readonly status: number;
  readonly body: Body;
  readonly text: string;
};

export type Event = { readonly type: string; readonly object: Body };

export type Stream = {
  readonly status: number;
  /** The events so far. */
  readonly events: () => readonly Event[];
  /** Resolves with the events once there are so many. */
  readonly atLeast: (count: number) => Promise<readonly Event[]>;
  /** Resolves with all events when the server ends the stream; rejects where it breaks off. */
  readonly ended: Promise<readonly Event[]>;
  readonly close: () => void;
};

export type SendOptions = { readonly type?: string; readonly accept?: string };
export type ApplyOptions = {
  readonly manager?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
};

export type Wire = {
  readonly send: (method: string, path: string, body?: unknown, options?: SendOptions) => Promise<Reply>;
  /** A server-side apply; by default without force, by the manager `one`. */
  readonly apply: (path: string, body: unknown, options?: ApplyOptions) => Promise<Reply>;
  readonly mergePatch: (path: string, body: unknown) => Promise<Reply>;
  /** Begins a watch. Close it, or let it end. */
  readonly watch: (path: string, options?: SendOptions) => Promise<Stream>;
  readonly close: () => Promise<void>;
};

/** The user agent of every request; writes without a field manager are its. */
export const USER_AGENT = 'conformance/1';

export function openWire(kubeconfig: string): Wire {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const { server = '', caData } = config.getCurrentCluster() ?? {};
  const token = config.getCurrentUser()?.token;
  const agent = new Agent({
    allowH2: false,
    connect: caData === undefined ? {} : { ca: Buffer.from(caData, 'base64') },
  });
  const raw = (method: string, path: string, body: unknown, { type, accept }: SendOptions) =>
    request(`${server}${path}`, {
      method,
      dispatcher: agent,
      bodyTimeout: 0,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        'user-agent': USER_AGENT,
        accept: accept ?? 'application/json',
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const send: Wire['send'] = async (method, path, body, options = {}) => {
    const answer = await raw(method, path, body, options);
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parsed(text), text };
  };
  return {
    send,
    apply: (path, body, { manager = 'one', force = false, dryRun = false } = {}) =>
      send('PATCH', `${path}?fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`, body, {
        type: 'application/apply-patch+yaml',
      }),
    mergePatch: (path, body) => send('PATCH', path, body, { type: 'application/merge-patch+json' }),
    watch: async (path, options = {}) => readStream(await raw('GET', path, undefined, options)),
    close: () => agent.destroy(),
  };
}

function readStream({ statusCode, body }: Dispatcher.ResponseData): Stream {
  const events: Event[] = [];
  const closing = new AbortController();
  const ended = (async () => {
    let rest = '';
    try {
      for await (const chunk of body.setEncoding('utf8')) {
        const lines = `${rest}${String(chunk)}`.split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line) as Event));
      }
    } catch (error) {
      if (!closing.signal.aborted) throw error;
      return events;
    }
    if (rest !== '') throw new Error(`the stream ends within a line: ${rest}`);
    return events;
  })();
  ended.catch(() => undefined); // whoever wants to know awaits it
  return {
    status: statusCode,
    events: () => [...events],
    atLeast: (count) =>
      eventually(() => {
        if (events.length < count)
          throw new Error(`${events.length} of ${count} events: ${JSON.stringify(events)}`);
        return [...events];
      }),
    ended,
    close: () => {
      closing.abort();
      body.destroy();
    },
  };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return { text } as unknown as Body;
  }
}
