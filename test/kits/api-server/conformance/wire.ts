// HTTP requests to an API server for the conformance suite: with any header, and watches line by line.
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, request, type Dispatcher } from 'undici';
import { eventually } from '../../../support/cluster.ts';
import type { Cause } from '../failure.ts';
import type { ManagedFieldsEntry, Metadata } from '../kube-object.ts';

/** An object, a list or a `Status`. */
export type Body = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Omit<Metadata, 'managedFields'> & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields?: readonly ManagedFieldsEntry[];
    readonly continue?: string;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly items: readonly Body[];
  readonly status: unknown;
  readonly data: unknown;
  readonly message: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
  readonly [other: string]: unknown;
};

/** `body` is the answer, parsed but not checked; `text` is the answer as it came. */
export type Reply = { readonly status: number; readonly body: Body; readonly text: string };

export type Event = { readonly type: string; readonly object: Body };

export type Stream = {
  /** The events so far. */
  readonly events: () => readonly Event[];
  /** Resolves with the events once there are at least `count`. */
  readonly atLeast: (count: number) => Promise<readonly Event[]>;
  /** Resolves with all events when the server ends the stream; rejects where it breaks off. */
  readonly ended: Promise<readonly Event[]>;
  readonly close: () => void;
};

export type SendOptions = { readonly type?: string; readonly accept?: string };
export type ApplyOptions = { readonly manager?: string; readonly force?: boolean };
export type Wire = ReturnType<typeof openWire>;

export function openWire(kubeconfig: string) {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const { server = '', caData } = config.getCurrentCluster() ?? {};
  const token = config.getCurrentUser()?.token;
  const ca = caData === undefined ? {} : { ca: Buffer.from(caData, 'base64') };
  const agent = new Agent({ allowH2: false, connect: ca });
  const raw = (method: string, path: string, body: unknown, { type, accept }: SendOptions) =>
    request(`${server}${path}`, {
      method,
      dispatcher: agent,
      bodyTimeout: 0,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        'user-agent': 'conformance/1', // and so the manager of a write that names none
        accept: accept ?? 'application/json',
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    options: SendOptions = {},
  ): Promise<Reply> => {
    const answer = await raw(method, path, body, options);
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parsed(text), text };
  };
  return {
    send,
    /** A server-side apply; by default without force, by the manager `one`. */
    apply: (path: string, body: unknown, { manager = 'one', force = false }: ApplyOptions = {}) =>
      send('PATCH', `${path}?fieldManager=${manager}&force=${force}`, body, {
        type: 'application/apply-patch+yaml',
      }),
    mergePatch: (path: string, body: unknown) =>
      send('PATCH', path, body, { type: 'application/merge-patch+json' }),
    /** Starts a watch. The caller closes it, or waits for its end. */
    watch: async (path: string, options: SendOptions = {}): Promise<Stream> =>
      readStream(await raw('GET', path, undefined, options)),
    close: (): Promise<void> => agent.destroy(),
  };
}

function readStream({ body }: Dispatcher.ResponseData): Stream {
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
  ended.catch(() => undefined); // a test that does not await it ignores the error
  return {
    events: () => [...events],
    atLeast: (count) =>
      eventually(() => {
        if (events.length >= count) return [...events];
        throw new Error(`${events.length} of ${count} events: ${JSON.stringify(events)}`);
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
