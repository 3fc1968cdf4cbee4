// Keeps a store equal to what the API server holds of one kind: a list, then a watch that is resumed until the signal aborts. After a 410 it
// lists again; no failure ends it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../domain/result.ts';
import type { ApiError } from './api-error.ts';
import { list, watch, type ReflectorSource } from './list-watch.ts';

type ReflectorOptions<T> = ReflectorSource<T> & {
  readonly onError: (error: ApiError) => void;
  /** For an optional kind: whether it is defined, and a wait until it is. Absent: the server is asked again with backoff. */
  readonly definition?: KindDefinition;
  /** Longest wait between two tries, in ms. Default 3,000. */
  readonly maxBackoffMs?: number;
};

export type KindDefinition = {
  readonly exists: () => boolean;
  /** Resolves at once where it exists, and when the signal aborts. */
  readonly created: (signal: AbortSignal) => Promise<void>;
};

export type Reflector = {
  /** Resolves once the first list is complete. */
  readonly synced: Promise<void>;
  /** Resolves after the signal has ended everything. */
  readonly done: Promise<void>;
};

const BASE_BACKOFF_MS = 200;
/** So that a watch goes on within 5 s of the end of an outage: some twenty kinds then cost some nine small requests a second at most. */
const MAX_BACKOFF_MS = 3_000;
/** A watch that ends sooner counts as a failure, so that a server that closes at once is not flooded with requests. */
const SHORT_WATCH_MS = 1_000;

export function startReflector<T>(options: ReflectorOptions<T>): Reflector {
  const { promise: synced, resolve } = Promise.withResolvers<void>();
  return { synced, done: keepEqual(options, resolve) };
}

async function keepEqual<T>(options: ReflectorOptions<T>, onSynced: () => void): Promise<void> {
  const { signal, onError, maxBackoffMs = MAX_BACKOFF_MS } = options;
  let version = '';
  let failures = 0;
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    const started = performance.now();
    const outcome = version === '' ? await list(options) : await watch(options, version, progress);
    if (ended()) return;
    if (outcome.ok && version === '') {
      onSynced();
      version = outcome.value;
      continue;
    }
    if (outcome.ok) {
      if (performance.now() - started < SHORT_WATCH_MS) failures += 1;
      version = outcome.value;
    } else {
      failures += 1;
      const isAbsent = isKindAbsent(options, outcome.error, version);
      if (isAbsent) onSynced();
      else if (!isUndefined(options, outcome.error)) onError(outcome.error);
      if (outcome.error.kind === 'notFound' || outcome.error.kind === 'expired') version = '';
    }
    if (!outcome.ok && version === '' && isUndefined(options, outcome.error)) {
      await options.definition?.created(signal);
      failures = 0;
    } else if (failures > 0) await pause(failures, outcome, maxBackoffMs, signal);
  }

  /** Only an event proves that the watch works; status 200 alone does not. */
  function progress(next: string): void {
    version = next;
    failures = 0;
  }
}

/** The store keeps its objects all the same: a server that loses a kind for a moment must not change anything. */
const isKindAbsent = <T>({ resource }: ReflectorSource<T>, { kind }: ApiError, version: string): boolean =>
  resource.optional === true && version === '' && kind === 'notFound';

/** The kind is not there, and no request is needed to see it come. */
const isUndefined = <T>({ definition }: ReflectorOptions<T>, { kind }: ApiError): boolean =>
  kind === 'notFound' && definition !== undefined && !definition.exists();

/** Between half of the backoff and all of it, so that watches do not return all at once; never sooner than the server asked. */
async function pause(
  failures: number,
  outcome: Result<string, ApiError>,
  maxBackoffMs: number,
  signal: AbortSignal,
): Promise<void> {
  const asked = outcome.ok ? 0 : (outcome.error.retryAfterMs ?? 0);
  const backoff = Math.min(maxBackoffMs, BASE_BACKOFF_MS * 2 ** failures);
  const wait = backoff / 2 + (Math.random() * backoff) / 2;
  await sleep(Math.max(asked, wait), undefined, { signal }).catch(() => undefined);
}
