// Gives p-queue's concurrency and order to keys with an identity: each key waits at most once, and never runs twice at a time.
import PQueue from 'p-queue';

/** `retry` asks for another run, after the backoff or, where the server named one, that delay in ms if it is longer. */
export type ReconcileResult =
  { readonly kind: 'settled' } | { readonly kind: 'retry'; readonly atLeastMs?: number };

type KeyedQueueOptions = {
  /** How many keys run at once. */
  readonly concurrency: number;
  readonly run: (key: string) => Promise<ReconcileResult>;
  /** Hears of a run that threw, which is a bug of ours; the key is tried again after the backoff. */
  readonly onBug: (key: string, error: unknown) => void;
  /** The first delay after a failure, in ms, doubled with each one that follows. Default 250. */
  readonly baseDelayMs?: number;
  /** The longest delay, in ms. Default 300,000. */
  readonly maxDelayMs?: number;
};

export type KeyedQueue = {
  /** Asks for a run. Of the keys that wait, those with the highest priority go first; a key keeps the highest it was given. */
  readonly add: (key: string, priority?: number) => void;
  /** Keys that wait for a place, without those that wait for their delay to pass. */
  readonly depth: () => number;
  /** Forgets what waits and resolves when what runs has ended. */
  readonly drain: () => Promise<void>;
};

/** What is known of a key; a key about which there is nothing to know is forgotten. */
type QueueItem = {
  state: 'waiting' | 'running' | 'delayed';
  priority: number;
  /** Asked for again while running. */
  again: boolean;
  failures: number;
  /** While delayed: the time before which the server does not want to hear of it, in ms since 1970. */
  notBefore: number;
  timer: NodeJS.Timeout | undefined;
};

// oxlint-disable-next-line max-lines-per-function -- closures over one state, which reads worse in pieces
export function createKeyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const queue = new PQueue({ concurrency: options.concurrency });
  const entries = new Map<string, QueueItem>();
  let closed = false;

  function enqueue(key: string, entry: QueueItem): void {
    entry.state = 'waiting';
    // Only drain() clears the queue, and then nobody waits for the task.
    void queue.add(() => runKey(key, entry), { id: key, priority: entry.priority }).catch(() => undefined);
  }

  async function runKey(key: string, entry: QueueItem): Promise<void> {
    begin(entry);
    const verdict = await attempt(options, key);
    if (closed) return;
    if (verdict.kind === 'retry') delay(key, entry, verdict.atLeastMs ?? 0);
    else if (entry.again) enqueue(key, entry);
    else entries.delete(key);
    if (verdict.kind === 'settled') entry.failures = 0;
  }

  /** What came in during the run waits too: most of it is the echo of the run's own writes. */
  function delay(key: string, entry: QueueItem, atLeastMs: number): void {
    entry.state = 'delayed';
    entry.failures += 1;
    entry.notBefore = Date.now() + atLeastMs;
    const delayMs = Math.max(atLeastMs, backoffOf(entry.failures, options));
    entry.timer = setTimeout(() => enqueue(key, entry), delayMs);
  }

  /** A fresh change may well be the mending of what failed, so it cuts the backoff short, but not what the server asked for. */
  function hasten(key: string, entry: QueueItem): void {
    if (Date.now() < entry.notBefore) return;
    clearTimeout(entry.timer);
    enqueue(key, entry);
  }

  return {
    add: (key, priority = 0) => {
      if (closed) return;
      const entry = entries.get(key);
      if (entry === undefined) {
        const made = newItem(priority);
        entries.set(key, made);
        enqueue(key, made);
        return;
      }
      const raised = priority > entry.priority;
      if (raised) entry.priority = priority;
      if (entry.state === 'running') entry.again = true;
      else if (entry.state === 'delayed') hasten(key, entry);
      else if (raised) queue.setPriority(key, priority);
    },
    depth: () => queue.size,
    drain: async () => {
      closed = true;
      for (const { timer } of entries.values()) clearTimeout(timer);
      queue.clear();
      await queue.onIdle();
    },
  };
}

const newItem = (priority: number): QueueItem => ({
  state: 'waiting',
  priority,
  again: false,
  failures: 0,
  notBefore: 0,
  timer: undefined,
});

function begin(entry: QueueItem): void {
  entry.state = 'running';
  entry.priority = 0;
  entry.again = false;
}

async function attempt({ run, onBug }: KeyedQueueOptions, key: string): Promise<ReconcileResult> {
  try {
    return await run(key);
  } catch (error) {
    onBug(key, error);
    return { kind: 'retry' };
  }
}

/** Between half of the backoff and all of it, in ms, so that keys that failed together do not come back together. */
function backoffOf(failures: number, { baseDelayMs = 250, maxDelayMs = 300_000 }: KeyedQueueOptions): number {
  const backoff = Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
  return backoff / 2 + (Math.random() * backoff) / 2;
}
