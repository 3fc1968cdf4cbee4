// Gives p-queue's concurrency and order to keys with an identity: each key waits at most once, and never runs twice at a time.
import PQueue from 'p-queue';

/** `retry` asks for another run, after the backoff or, where the server named one, that delay in ms if it is longer. */
export type Verdict = { readonly kind: 'settled' } | { readonly kind: 'retry'; readonly atLeastMs?: number };

export type KeyedQueueOptions = {
  /** How many keys run at once. */
  readonly concurrency: number;
  readonly run: (key: string) => Promise<Verdict>;
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
type Entry = {
  state: 'waiting' | 'running' | 'delayed';
  priority: number;
  /** Asked for again while running. */
  again: boolean;
  failures: number;
  timer: NodeJS.Timeout | undefined;
};

// oxlint-disable-next-line max-lines-per-function -- closures over one state, which reads worse in pieces
export function createKeyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const queue = new PQueue({ concurrency: options.concurrency });
  const entries = new Map<string, Entry>();
  let closed = false;

  function enqueue(key: string, entry: Entry): void {
    entry.state = 'waiting';
    // Only drain() clears the queue, and then nobody waits for the task.
    void queue.add(() => runKey(key, entry), { id: key, priority: entry.priority }).catch(() => undefined);
  }

  async function runKey(key: string, entry: Entry): Promise<void> {
    begin(entry);
    const verdict = await attempt(options, key);
    if (closed) return;
    entry.failures = verdict.kind === 'settled' ? 0 : entry.failures + 1;
    if (entry.again) enqueue(key, entry);
    else if (verdict.kind === 'settled') entries.delete(key);
    else {
      entry.state = 'delayed';
      entry.timer = setTimeout(
        () => enqueue(key, entry),
        delayOf(entry.failures, verdict.atLeastMs, options),
      );
    }
  }

  return {
    add: (key, priority = 0) => {
      if (closed) return;
      const entry = entries.get(key) ?? fresh();
      const raised = priority > entry.priority;
      entry.priority = Math.max(priority, entry.priority);
      if (!entries.has(key)) {
        entry.priority = priority;
        entries.set(key, entry);
        enqueue(key, entry);
      } else if (entry.state === 'running') entry.again = true;
      else if (entry.state === 'waiting') {
        if (raised) queue.setPriority(key, entry.priority);
      } else {
        // A fresh change may well be the mending of what failed.
        clearTimeout(entry.timer);
        enqueue(key, entry);
      }
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

const fresh = (): Entry => ({ state: 'waiting', priority: 0, again: false, failures: 0, timer: undefined });

function begin(entry: Entry): void {
  entry.state = 'running';
  entry.priority = 0;
  entry.again = false;
}

async function attempt({ run, onBug }: KeyedQueueOptions, key: string): Promise<Verdict> {
  try {
    return await run(key);
  } catch (error) {
    onBug(key, error);
    return { kind: 'retry' };
  }
}

/** Between half of the backoff and all of it, so that keys that failed together do not come back together. */
function delayOf(
  failures: number,
  atLeastMs: number | undefined,
  { baseDelayMs = 250, maxDelayMs = 300_000 }: KeyedQueueOptions,
): number {
  const backoff = Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
  return Math.max(atLeastMs ?? 0, backoff / 2 + (Math.random() * backoff) / 2);
}
