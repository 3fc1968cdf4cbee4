// The values that a memory holds: answers that were read, and what was derived from them. Knows no cluster.
import { haveSameElements } from './same-elements.ts';

/**
 * A change marks only what depends on it, so that a run costs what has changed and not what there is:
 *
 * | state     | what the value read                                                            |
 * |-----------|--------------------------------------------------------------------------------|
 * | `clean`   | is as it was                                                                   |
 * | `suspect` | may be as it was: something that it is derived from in turn is another one now |
 * | `stale`   | is another one now; also a value that was never computed                       |
 */
type State = 'clean' | 'suspect' | 'stale';

type AnyNode = {
  state: State;
  /** The last run that used it; runs are counted from 1. */
  used: number;
  /** The last frame that noted it, or walk that came by. */
  marked: number;
  from: readonly unknown[];
  /** What a derived value read, in order; seldom twice. */
  reads: readonly AnyNode[];
  /** The derived values that read it; absent if none ever did. */
  readers: Set<AnyNode> | undefined;
  /** Of an answer, what was asked. Absent for a derived value. */
  readonly args?: readonly string[];
  /** The key of the look-up, for an answer of the cluster. */
  readonly lookup?: string;
};

export type MemoNode<T> = AnyNode & { held: { readonly value: T } | undefined };

type Same<T> = (before: T, after: T) => boolean;

/** The nodes of one name, by their keys. */
export type MemoTable = Map<string, AnyNode>;

export type MemoNodes = {
  /** Begins the next run. What the last one did not use is forgotten from time to time, unless it was not completed. */
  readonly begin: (last: { readonly isComplete: boolean }) => void;
  readonly run: () => number;
  readonly table: (name: string) => MemoTable;
  readonly add: <T>(table: MemoTable, key: string, parts?: Pick<AnyNode, 'args' | 'lookup'>) => MemoNode<T>;
  /** Gives the node its value. If that is another one, what has read it is stale. */
  readonly write: <T>(node: MemoNode<T>, value: T, same: Same<T>) => void;
  /** True if a derived value need not be computed again. */
  readonly isRight: (node: AnyNode, from: readonly unknown[]) => boolean;
  /** Computes, and notes what is read meanwhile. */
  readonly compute: <T>(node: MemoNode<T>, from: readonly unknown[], compute: () => T, same: Same<T>) => void;
  /** The value, which whatever is being computed reads. */
  readonly use: <T>(node: MemoNode<T>) => T;
  readonly lookups: () => readonly string[];
  readonly size: () => number;
};

/** What is read while one value is computed. The number marks what is noted already. */
type Frame = { readonly mark: number; readonly reads: AnyNode[] };

// oxlint-disable-next-line max-lines-per-function -- closures over one state, which reads worse when split
export function createMemoNodes(): MemoNodes {
  const tables = new Map<string, MemoTable>();
  /** What they read does not know them yet. No change can concern them before the next run, and many a memory has none. */
  const unlinked: AnyNode[] = [];
  let marks = 0;
  let frames: Frame[] = [];
  let run = 0;
  let size = 0;
  let sizeInUse = 0;

  function newFrame(): Frame {
    marks += 1;
    return { mark: marks, reads: [] };
  }
  /** Visits what the run has read, directly or not, each value once. */
  function walkRun(visit: (node: AnyNode) => void): number {
    const { mark } = newFrame();
    walk(frames[0]?.reads ?? [], mark, visit);
    return mark;
  }
  function forgetUnused(): void {
    const mark = walkRun(() => undefined);
    size = 0;
    for (const table of tables.values()) {
      for (const [key, node] of table) {
        if (node.marked === mark) continue;
        table.delete(key);
        unlink(node);
      }
      size += table.size;
    }
    sizeInUse = size;
  }

  return {
    begin: ({ isComplete }) => {
      if (isComplete && size > sizeInUse * 1.2 + 1_000) forgetUnused();
      for (const node of unlinked.splice(0)) link(node);
      run += 1;
      frames = [newFrame()];
    },
    run: () => run,
    table: (name) => {
      const table = tables.get(name) ?? new Map<string, AnyNode>();
      tables.set(name, table);
      return table;
    },
    add: <T>(table: MemoTable, key: string, parts: Pick<AnyNode, 'args' | 'lookup'> = {}) => {
      const links = { from: NOTHING, reads: NOTHING, readers: undefined };
      const node: MemoNode<T> = { state: 'stale', used: 0, marked: 0, held: undefined, ...links, ...parts };
      table.set(key, node);
      size += 1;
      return node;
    },
    write,
    isRight: (node, from) => haveSameElements(node.from, from) && isClean(node),
    compute: (node, from, compute, same) => {
      const frame = newFrame();
      frames.push(frame);
      try {
        const value = compute();
        if (!haveSameElements(node.reads, frame.reads)) {
          unlink(node);
          node.reads = frame.reads;
          unlinked.push(node);
        }
        node.from = from;
        write(node, value, same);
      } finally {
        frames.pop();
      }
    },
    use: (node) => {
      const frame = frames.at(-1);
      if (frame !== undefined && node.marked !== frame.mark) {
        node.marked = frame.mark;
        frame.reads.push(node);
      }
      node.used = run;
      if (node.held === undefined) throw new Error('a value is used before it is known');
      return node.held.value;
    },
    lookups: () => {
      const found = new Set<string>();
      walkRun(({ lookup }) => lookup !== undefined && found.add(lookup));
      return [...found];
    },
    size: () => size,
  };
}

function write<T>(node: MemoNode<T>, value: T, same: Same<T>): void {
  if (node.held === undefined || !same(node.held.value, value)) {
    node.held = { value };
    tellReaders(node, 'stale');
  }
  node.state = 'clean';
}

function tellReaders({ readers }: AnyNode, state: Exclude<State, 'clean'>): void {
  if (readers === undefined) return;
  for (const reader of readers) {
    const before = reader.state;
    if (before !== 'stale') reader.state = state;
    if (before === 'clean') tellReaders(reader, 'suspect');
  }
}

const NOTHING: readonly never[] = [];

function isClean(node: AnyNode): boolean {
  if (node.state === 'suspect' && node.reads.every(isClean)) node.state = 'clean';
  return node.state === 'clean';
}

function link(node: AnyNode): void {
  for (const read of node.reads) (read.readers ??= new Set()).add(node);
}

function unlink(node: AnyNode): void {
  for (const read of node.reads) read.readers?.delete(node);
}

/** In the order in which they were read. */
function walk(nodes: readonly AnyNode[], mark: number, visit: (node: AnyNode) => void): void {
  for (const node of nodes) {
    if (node.marked === mark) continue;
    node.marked = mark;
    visit(node);
    walk(node.reads, mark, visit);
  }
}

/** The node with this key. A name is always used with one type. */
export function nodeIn<T>(table: MemoTable, key: string): MemoNode<T> | undefined {
  const node: unknown = table.get(key);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return node as MemoNode<T> | undefined;
}

/** Gives each answer in a table to a tracked function of its name. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- an answer has the arguments of its function
export function answerAgain<A extends readonly string[], T>(
  table: MemoTable,
  read: (...args: A) => T,
  same: Same<T>,
): void {
  const nodes: Iterable<unknown> = table.values();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  for (const node of nodes as Iterable<MemoNode<T> & { readonly args: A }>) {
    const args: A = node.args;
    write(node, read(...args), same);
  }
}
