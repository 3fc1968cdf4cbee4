// A work queue of keys on top of p-queue: each key waits at most once, never runs twice at the same time, and backs off after failures.
import PQueue from 'p-queue';
import { delayAfter, isWakeable, type BackoffTimes } from './backoff.ts';
import { createTurns, type NextTurn } from './turns.ts';

/**
 * `again` asks for another run at once, and `retry` for one after the backoff, or after `atLeastMs` (as the API server asked) if that is
 * longer; `isOutage` if what failed may be cured without a change that wakes the key. `caused` are the changes that the run itself made and that
 * need no other run.
 */
export type ReconcileResult =
  | { readonly kind: 'settled'; readonly caused?: ReadonlySet<string> }
  | { readonly kind: 'again' }
  | { readonly kind: 'retry'; readonly atLeastMs?: number; readonly isOutage?: boolean };

type KeyedQueueOptions = BackoffTimes & {
  /** How many keys run at once. */
  readonly concurrency: number;
  readonly run: (key: string) => Promise<ReconcileResult>;
  /** When a run may begin. By default, at turns that only this queue takes. */
  readonly nextTurn?: NextTurn;
  /** Called when a run throws, which is a bug of this program; the key runs again after the backoff. */
  readonly onBug: (key: string, error: unknown) => void;
  /** Called when a run begins, with how long its key waited for it, in ms; a delay after a failure does not count. */
  readonly onBegin?: (waitedMs: number) => void;
};

export type KeyedQueue = {
  /**
   * Requests a run. Waiting keys with a higher priority run first; a waiting key keeps the highest priority that it was added with. A request that
   * comes during a run, for a change that the run says it has caused, needs no other run.
   */
  readonly add: (key: string, request?: RunRequest) => void;
  readonly readings: () => QueueReadings;
  /** Drops waiting keys and resolves when the running ones have ended. */
  readonly drain: () => Promise<void>;
};

/** What a queue is like at a moment. */
export type QueueReadings = {
  /** Keys that are ready to run, without those that wait for a delay. */
  readonly waiting: number;
  /** How long the key that has waited the longest has been ready, in ms; 0 without one. */
  readonly oldestWaitMs: number;
  /** How long the run that began first has been running, in ms; 0 without one. */
  readonly longestRunMs: number;
  /** Keys whose last run failed, whether they wait for their delay or run again. */
  readonly retrying: number;
};

type Retry = Omit<ReconcileResult & { readonly kind: 'retry' }, 'kind'>;

type RunRequest = { readonly priority?: number; readonly change?: string | undefined };

/** A key that waits, starts, runs or is delayed; any other key has no item. */
type QueueItem = {
  state: 'waiting' | 'starting' | 'running' | 'delayed';
  /** Since when it waits or runs; `performance.now()`. */
  since: number;
  priority: number;
  /** Requested again while running. */
  again: boolean;
  /** What it was requested for while running, where the run itself may have caused it. */
  readonly changes: Set<string>;
  failures: number;
  /** While delayed: the time before which the API server asked not to retry, in ms since 1970. */
  notBefore: number;
  timer: NodeJS.Timeout | undefined;
};

// oxlint-disable-next-line max-lines-per-function -- closures over one state, which reads worse when split
export function createKeyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const queue = new PQueue({ concurrency: options.concurrency });
  const items = new Map<string, QueueItem>();
  const inOutage = new Map<string, number>(); // since when each is delayed, in ms since 1970
  let closed = false;
  const isClosed = (): boolean => closed;
  const { nextTurn = createTurns() } = options;

  function enqueue(key: string, item: QueueItem): void {
    item.state = 'waiting';
    item.since = performance.now();
    // Only drain() clears the queue, and then no caller waits for the task.
    void queue.add(() => runKey(key, item), { id: key, priority: item.priority }).catch(() => undefined);
  }

  async function runKey(key: string, item: QueueItem): Promise<void> {
    item.state = 'starting';
    await nextTurn(); // so a burst of changes leads to one run
    if (isClosed()) return;
    options.onBegin?.(performance.now() - item.since);
    begin(item);
    const result = await attempt(options, key);
    if (isClosed()) return;
    const isOver = !(result.kind === 'retry' && result.isOutage === true) && inOutage.delete(key);
    if (isOver) retryOutage();
    if (result.kind === 'retry') delay(key, item, result);
    else if (result.kind === 'again' || item.again || !item.changes.isSubsetOf(result.caused ?? NOTHING))
      enqueue(key, item);
    else items.delete(key);
    if (result.kind === 'settled') item.failures = 0;
  }

  /** Requests that came during the run wait too: most are caused by the run's writes. */
  function delay(key: string, item: QueueItem, { atLeastMs = 0, isOutage = false }: Retry): void {
    item.state = 'delayed';
    item.failures += 1;
    item.notBefore = Date.now() + atLeastMs;
    if (isOutage) inOutage.set(key, Date.now());
    const delayMs = Math.max(atLeastMs, delayAfter(item.failures, isOutage ? inOutage.size : 0, options));
    item.timer = setTimeout(() => enqueue(key, item), delayMs);
  }

  /** A change may well repair what failed, so it ends the backoff, but not the delay that the API server asked for. */
  function runSooner(key: string, item: QueueItem): void {
    if (Date.now() < item.notBefore) return;
    clearTimeout(item.timer);
    enqueue(key, item);
  }

  function retryOutage(): void {
    for (const [key, since] of inOutage) {
      const item = items.get(key);
      if (item?.state === 'delayed' && isWakeable(Date.now() - since)) runSooner(key, item);
    }
  }

  return {
    add: (key, { priority = 0, change } = {}) => {
      if (closed) return;
      const item = items.get(key);
      if (item === undefined) {
        const added = newItem(priority);
        items.set(key, added);
        enqueue(key, added);
        return;
      }
      const raised = priority > item.priority;
      if (raised) item.priority = priority;
      if (item.state === 'running') note(item, change);
      else if (item.state === 'delayed') runSooner(key, item);
      else if (item.state === 'waiting' && raised) queue.setPriority(key, priority);
    },
    readings: () => readingsOf([...items.values()]),
    drain: async () => {
      closed = true;
      for (const { timer } of items.values()) clearTimeout(timer);
      queue.clear();
      await queue.onIdle();
    },
  };
}

const newItem = (priority: number): QueueItem => ({
  state: 'waiting',
  since: performance.now(),
  priority,
  again: false,
  changes: new Set(),
  failures: 0,
  notBefore: 0,
  timer: undefined,
});

function begin(item: QueueItem): void {
  item.state = 'running';
  item.since = performance.now();
  item.priority = 0;
  item.again = false;
  item.changes.clear();
}

function note(item: QueueItem, change: string | undefined): void {
  if (change === undefined) item.again = true;
  else item.changes.add(change);
}

function readingsOf(items: readonly QueueItem[]): QueueReadings {
  const waiting = items.filter(({ state }) => state === 'waiting' || state === 'starting');
  const running = items.filter(({ state }) => state === 'running');
  return {
    waiting: waiting.length,
    oldestWaitMs: longestMs(waiting),
    longestRunMs: longestMs(running),
    retrying: items.filter(({ failures }) => failures > 0).length,
  };
}

const longestMs = (items: readonly QueueItem[]): number =>
  items.reduce((longest, { since }) => Math.max(longest, performance.now() - since), 0);

const NOTHING: ReadonlySet<string> = new Set();

async function attempt({ run, onBug }: KeyedQueueOptions, key: string): Promise<ReconcileResult> {
  try {
    return await run(key);
  } catch (error) {
    onBug(key, error);
    return { kind: 'retry' };
  }
}
