// How many writes are under way at once, and whose turn is next: each namespace in turn, so that thousands of writes of one do not delay those of
// another.

export type WriteSlots = {
  /** Makes the write when it is its turn: the writes of a namespace in order, the namespaces that wait one after the other. */
  readonly add: <T>(namespace: string, write: () => Promise<T>) => Promise<T>;
  /** The number of writes that wait for their turn. */
  readonly waiting: () => number;
};

/** Those of one namespace that wait: the ones from `next` on. */
type Waiting = { readonly writes: (() => Promise<void>)[]; next: number };

export function createWriteSlots(concurrency: number): WriteSlots {
  /** By namespace, the one whose turn is next first. Each has at least one write that waits. */
  const turns = new Map<string, Waiting>();
  let free = concurrency;

  function startNext(): void {
    const [turn] = turns;
    if (free === 0 || turn === undefined) return;
    const [namespace, waiting] = turn;
    const write = waiting.writes[waiting.next];
    waiting.next += 1;
    turns.delete(namespace);
    if (waiting.next < waiting.writes.length) turns.set(namespace, waiting); // behind the others
    if (write === undefined) return;
    free -= 1;
    void write().finally(() => {
      free += 1;
      startNext();
    });
  }

  return {
    add: (namespace, write) =>
      new Promise((resolve, reject) => {
        const waiting = turns.get(namespace) ?? { writes: [], next: 0 };
        waiting.writes.push(() => write().then(resolve, reject));
        turns.set(namespace, waiting);
        startNext();
      }),
    waiting: () => [...turns.values()].reduce((sum, { writes, next }) => sum + writes.length - next, 0),
  };
}
