// Remembers what was computed for one namespace, with what each result read, so that a run computes again only what a change concerns. A result
// never depends on what is remembered: the same input gives the same output.
import { haveSameElements } from './same-elements.ts';
import type { Lookup } from '../lookup.ts';
import {
  createMemoNodes,
  keyed,
  nodeIn,
  type MemoNode,
  type MemoNodes,
  type MemoTable,
} from './memo-nodes.ts';

/**
 * What the runs of one namespace have in common. One run at a time: a run that goes on after the next one began, as after a write, computes
 * without it.
 */
export type Memo = {
  /** `circumstances` are compared one by one: if any is another one, nothing is remembered. */
  readonly begin: (circumstances: readonly unknown[]) => Run;
  /** The number of remembered results and answers. */
  readonly size: () => number;
};

export type Run = {
  /**
   * The same function, whose answers count as read where they are used. `name` is that of the function: the next run gives a newer one by it. An
   * answer that equals the one before is that very object, so that nobody takes it for a change.
   */
  readonly tracked: <A extends readonly string[], T>(
    name: string,
    read: (...args: A) => T,
    options?: TrackedOptions<A, T>,
  ) => (...args: A) => T;
  /**
   * What `compute` returns, or what it returned before. It must be a function of `from`, of what it reads by tracked functions, and of other
   * derived values. `name` and `key` identify the value within a run.
   */
  readonly derive: <T>(name: string, key: string, from: readonly unknown[], compute: () => T) => T;
  /** The same for values that exist several times in a run: each prefix has its own. */
  readonly within: (prefix: string) => Remembering;
  /** The look-ups on which the run depends so far, each once, in the order in which a run without memory makes them. */
  readonly lookups: () => readonly Lookup[];
};

export type Remembering = Pick<Run, 'tracked' | 'derive'>;

/** Remembers nothing: for what is computed for a supposition. What it reads counts for whatever is being computed. */
export const UNREMEMBERED: Remembering = {
  tracked: (_name, read) => read,
  derive: (_name, _key, _from, compute) => compute(),
};

type TrackedOptions<A extends readonly string[], T> = {
  /** How a change of the answer is recognised, for an answer of the cluster. */
  readonly lookupOf?: (...args: A) => Lookup;
  /** By default only arrays with the same elements are equal. */
  readonly same?: (before: T, after: T) => boolean;
};

/** An empty memory. */
export function createMemo(): Memo {
  let nodes = createMemoNodes();
  let known: readonly unknown[] = [];
  let runs = 0;
  let isSpoiled = false;
  return {
    begin: (circumstances) => {
      if (isSpoiled || !haveSameElements(circumstances, known)) nodes = createMemoNodes();
      known = circumstances;
      isSpoiled = false;
      runs += 1;
      nodes.begin();
      const own = runs;
      return runOf(nodes, {
        isNewest: () => runs === own,
        isSpoiled: () => isSpoiled,
        spoil: () => {
          if (runs === own) isSpoiled = true;
        },
      });
    },
    size: () => nodes.size(),
  };
}

type Validity = {
  readonly isNewest: () => boolean;
  /** True once one name was used for two values of this run: something else is computed from the snapshot too, and from then on nothing is remembered. */
  readonly isSpoiled: () => boolean;
  readonly spoil: () => void;
};

function runOf(nodes: MemoNodes, validity: Validity): Run {
  const { isNewest, isSpoiled, spoil } = validity;
  const given = new Set<string>();
  function within(prefix: string): Remembering {
    const tables = new Map<string, MemoTable>();
    const tableOf = (name: string): MemoTable => {
      const table = tables.get(name) ?? nodes.table(`${prefix}${name}`);
      tables.set(name, table);
      return table;
    };
    return {
      tracked: (name, read, options = {}) => {
        const title = `${prefix}${name}`;
        if (given.has(title)) spoil();
        if (!isNewest() || given.has(title)) return read;
        given.add(title);
        return trackedFunction(nodes, isNewest, { name: title, read, ...options });
      },
      derive: <T>(name: string, key: string, from: readonly unknown[], compute: () => T): T => {
        if (!isNewest() || isSpoiled()) return compute();
        const table = tableOf(name);
        const node = nodeIn<T>(table, key) ?? nodes.add<T>(table, key);
        if (!nodes.isRight(node, from)) {
          if (node.checked === nodes.run()) spoil();
          if (isSpoiled()) return compute();
          nodes.compute(node, from, compute, areSame);
        }
        return nodes.use(node);
      },
    };
  }
  return { ...within(''), within, lookups: nodes.lookups };
}

/** The newest function of a name, and the run that gave it. */
type Newest<A extends readonly string[], T> = { readonly run: number; readonly read: (...args: A) => T };

function trackedFunction<A extends readonly string[], T>(
  nodes: MemoNodes,
  isNewest: () => boolean,
  { name, read, lookupOf, same = areSame }: TrackedOptions<A, T> & { name: string; read: (...args: A) => T },
): (...args: A) => T {
  const functions = nodes.table(FUNCTIONS);
  const newest = nodeIn<Newest<A, T>>(functions, name) ?? nodes.add<Newest<A, T>>(functions, name);
  nodes.write(newest, { run: nodes.run(), read }, () => false);
  const table = nodes.table(name);
  function addNode(key: string, args: A): MemoNode<T> {
    const node: MemoNode<T> = nodes.add<T>(table, key, {
      refresh: () => {
        const { held } = newest;
        if (held?.value.run !== nodes.run()) return false;
        nodes.write(node, held.value.read(...args), same);
        return true;
      },
      ...(lookupOf !== undefined && { lookup: keyed(lookupOf(...args)) }),
    });
    return node;
  }
  return (...args) => {
    if (!isNewest()) return read(...args);
    const key = args.length === 1 ? `${args[0]}` : args.join('/');
    const node = nodeIn<T>(table, key) ?? addNode(key, args);
    if (node.checked !== nodes.run()) nodes.write(node, read(...args), same);
    return nodes.use(node);
  };
}

const FUNCTIONS = 'tracked functions';

const areSame = (before: unknown, after: unknown): boolean =>
  before === after || (Array.isArray(before) && Array.isArray(after) && haveSameElements(before, after));
