// The values that a memory holds: answers that were read, and what was derived from them. Knows no cluster.
import { haveSameElements } from './same-elements.ts';
import { lookupKey, type Lookup } from '../lookup.ts';

/** Runs are counted from 1. */
type AnyNode = {
  /** The run in which the value became another one. */
  changed: number;
  /** The last run in which the value was found right. */
  checked: number;
  /** The last frame that noted it, or walk that came by. */
  marked: number;
  from: readonly unknown[];
  /** What a derived value read, in order; seldom twice. */
  reads: readonly AnyNode[];
  /** Reads an answer again; false if the function is not given in this run. Absent for a derived value. */
  readonly refresh?: () => boolean;
  readonly lookup?: { readonly key: string; readonly lookup: Lookup } | undefined;
};

export type MemoNode<T> = AnyNode & { held: { readonly value: T } | undefined };

type Same<T> = (before: T, after: T) => boolean;

/** The nodes of one name, by their keys. */
export type MemoTable = Map<string, AnyNode>;

export type MemoNodes = {
  /** Begins the next run. What the last one did not use is forgotten from time to time. */
  readonly begin: () => void;
  readonly run: () => number;
  readonly table: (name: string) => MemoTable;
  readonly add: <T>(
    table: MemoTable,
    key: string,
    parts?: Pick<MemoNode<T>, 'refresh' | 'lookup'>,
  ) => MemoNode<T>;
  /** Gives the node the value of this run. */
  readonly write: <T>(node: MemoNode<T>, value: T, same: Same<T>) => void;
  /** True if a derived value is right in this run. */
  readonly isRight: (node: AnyNode, from: readonly unknown[]) => boolean;
  /** Computes, and notes what is read meanwhile. */
  readonly compute: <T>(node: MemoNode<T>, from: readonly unknown[], compute: () => T, same: Same<T>) => void;
  /** The value, which whatever is being computed reads. */
  readonly use: <T>(node: MemoNode<T>) => T;
  readonly lookups: () => readonly Lookup[];
  readonly size: () => number;
};

/** What is read while one value is computed. The number marks what is noted already. */
type Frame = { readonly mark: number; readonly reads: AnyNode[] };

// oxlint-disable-next-line max-lines-per-function -- closures over one state, which reads worse when split
export function createMemoNodes(): MemoNodes {
  const tables = new Map<string, MemoTable>();
  let marks = 0;
  let frames: Frame[] = [];
  let run = 0;
  let size = 0;
  let sizeInUse = 0;

  function newFrame(): Frame {
    marks += 1;
    return { mark: marks, reads: [] };
  }
  function isChecked(node: AnyNode): boolean {
    if (node.checked === run) return true;
    if (node.refresh !== undefined) return node.refresh();
    if (!areUnchanged(node.reads, node.checked)) return false;
    node.checked = run;
    return true;
  }
  function areUnchanged(reads: readonly AnyNode[], since: number): boolean {
    for (const node of reads) if (!isChecked(node) || node.changed > since) return false;
    return true;
  }
  function write<T>(node: MemoNode<T>, value: T, same: Same<T>): void {
    if (node.held === undefined || !same(node.held.value, value)) {
      node.held = { value };
      node.changed = run;
    }
    node.checked = run;
  }
  function forgetUnused(): void {
    size = 0;
    for (const table of tables.values()) {
      for (const [key, node] of table) if (node.checked !== run) table.delete(key);
      size += table.size;
    }
    sizeInUse = size;
  }

  return {
    begin: () => {
      if (size > sizeInUse * 1.2 + 1_000) forgetUnused();
      run += 1;
      frames = [newFrame()];
    },
    run: () => run,
    table: (name) => {
      const table = tables.get(name) ?? new Map<string, AnyNode>();
      tables.set(name, table);
      return table;
    },
    add: <T>(table: MemoTable, key: string, parts: Pick<MemoNode<T>, 'refresh' | 'lookup'> = {}) => {
      const state = { changed: 0, checked: 0, marked: 0, from: [], reads: [] };
      const node: MemoNode<T> = { held: undefined, ...state, ...parts };
      table.set(key, node);
      size += 1;
      return node;
    },
    write,
    isRight: (node, from) => {
      if (node.checked === 0 || !haveSameElements(node.from, from)) return false;
      if (node.checked !== run && !areUnchanged(node.reads, node.checked)) return false;
      node.checked = run;
      return true;
    },
    compute: (node, from, compute, same) => {
      const frame = newFrame();
      frames.push(frame);
      try {
        write(node, compute(), same);
      } finally {
        frames.pop();
      }
      node.from = from;
      node.reads = frame.reads;
    },
    use: (node) => {
      const frame = frames.at(-1);
      if (frame !== undefined && node.marked !== frame.mark) {
        node.marked = frame.mark;
        frame.reads.push(node);
      }
      if (node.held === undefined) throw new Error('a value is used before it is known');
      return node.held.value;
    },
    lookups: () => {
      const found = new Map<string, Lookup>();
      walk(frames[0]?.reads ?? [], newFrame().mark, found);
      return [...found.values()];
    },
    size: () => size,
  };
}

/** Finds the look-ups below some nodes, in the order in which they were made. */
function walk(nodes: readonly AnyNode[], mark: number, found: Map<string, Lookup>): void {
  for (const node of nodes) {
    if (node.marked === mark) continue;
    node.marked = mark;
    if (node.lookup !== undefined) found.set(node.lookup.key, node.lookup.lookup);
    else walk(node.reads, mark, found);
  }
}

/** The node with this key. A name is always used with one type. */
export function nodeIn<T>(table: MemoTable, key: string): MemoNode<T> | undefined {
  const node: unknown = table.get(key);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return node as MemoNode<T> | undefined;
}

export const keyed = (lookup: Lookup): MemoNode<unknown>['lookup'] => ({ key: lookupKey(lookup), lookup });
