// The lines of a watch, each parsed. Ends a stream on which the server sends nothing any more.
import type { Readable } from 'node:stream';
import { err, ok, type Result } from '../domain/result.ts';
import { errorOfFailure, type ApiError } from './api-error.ts';
import type { Transport } from './transport.ts';

type WatchRequest = {
  readonly path: string;
  /** What selects the objects. */
  readonly query?: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly from: string;
  /** Called once the server has accepted the watch. */
  readonly onOpen?: () => void;
  readonly signal: AbortSignal;
};

/** How long the server is asked to keep a watch open, in seconds; random, so that watches do not end all at once. */
const SERVER_TIMEOUT_S = { least: 300, spread: 300 } as const;
/** How much longer we wait for the server to end it, in ms. */
const GRACE_MS = 10_000;
/** Yields the JSON of each line, or one error and then nothing more. An incomplete last line is an error, so that its event is not lost. */
export async function* watchEvents(
  transport: Transport,
  { path, query, accept, from, onOpen, signal }: WatchRequest,
): AsyncGenerator<Result<unknown, ApiError>> {
  const seconds = Math.round(SERVER_TIMEOUT_S.least + Math.random() * SERVER_TIMEOUT_S.spread);
  const idle = new AbortController();
  const alarm = setTimeout(
    () => idle.abort(new Error(`no line for ${transport.watchIdleMs / 1000} s`)),
    transport.watchIdleMs,
  );
  try {
    const answer = await transport.stream({
      method: 'GET',
      path,
      accept,
      query: {
        ...query,
        watch: 'true',
        resourceVersion: from,
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(seconds),
      },
      signal: AbortSignal.any([signal, idle.signal, AbortSignal.timeout(seconds * 1000 + GRACE_MS)]),
    });
    if (!answer.ok) {
      yield answer;
      return;
    }
    onOpen?.();
    for await (const line of linesOf(answer.value)) {
      alarm.refresh();
      yield ok(JSON.parse(line));
    }
  } catch (error) {
    yield err(errorOfFailure(error));
  } finally {
    clearTimeout(alarm);
  }
}

async function* linesOf(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(Buffer.from(chunk), { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((part) => part !== '');
  }
  if (rest !== '') throw new Error(`the stream ended in the middle of a line of ${rest.length} characters`);
}
