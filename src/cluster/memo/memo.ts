// Remembers what was computed for one namespace, with what each result read, so that a run computes again only what a change concerns. A result
// never depends on what is remembered: the same input gives the same output.
import { groupedByKeys, keysOfDifference } from './grouped.ts';
import { once } from '../../domain/once.ts';
import { haveSameElements } from './same-elements.ts';
import { lookupKey, type Lookup } from '../lookup.ts';
import {
  answerAgain,
  createMemoNodes,
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
  /**
   * `circumstances` are compared one by one: if any is another one, nothing is remembered. Once `isOver` is true, `derive` throws `PAUSED` instead of
   * computing a further value, unless the run has computed none: what was computed is remembered, so that the next run goes on from there.
   */
  readonly begin: (circumstances: readonly unknown[], isOver?: () => boolean) => Run;
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
   * Finds the items with a key, in their order; each answer counts as read where it is used. `name` identifies the list. Costs little where few items
   * came or went since the run before.
   */
  readonly grouped: <T>(
    name: string,
    items: readonly T[],
    keysOf: (item: T) => readonly string[],
  ) => (key: string) => readonly T[];
  /**
   * What `compute` returns, or what it returned before. It must be a function of `from`, of what it reads by tracked functions, and of other
   * derived values. `name` and `key` identify the value within a run.
   */
  readonly derive: <T>(name: string, key: string, from: readonly unknown[], compute: () => T) => T;
  /** The same for values that exist several times in a run: each prefix has its own. */
  readonly within: (prefix: string) => Remembering;
  /** The keys of the look-ups on which the run depends so far, each once, in the order in which a run without memory makes them. */
  readonly lookups: () => readonly string[];
};

export type Remembering = Pick<Run, 'tracked' | 'grouped' | 'derive'>;

/** Remembers nothing: for what is computed for a supposition. What it reads counts for whatever is being computed. */
export const UNREMEMBERED: Remembering = {
  tracked: (_name, read) => read,
  grouped: (_name, items, keysOf) => reader(items, keysOf),
  derive: (_name, _key, _from, compute) => compute(),
};

type TrackedOptions<A extends readonly string[], T> = {
  /** How a change of the answer is recognised, for an answer of the cluster. */
  readonly lookupOf?: (...args: A) => Lookup;
  /** By default only arrays with the same elements are equal. */
  readonly same?: (before: T, after: T) => boolean;
};

/** Thrown by a run whose time is over. Its caller begins another one, from a newer snapshot. */
export const PAUSED = new Error('the run is paused');

/** An empty memory. */
export function createMemo(): Memo {
  let nodes = createMemoNodes();
  let known: readonly unknown[] = [];
  let runs = 0;
  let isSpoiled = false;
  let isPaused = false;
  return {
    begin: (circumstances, isOver = () => false) => {
      if (isSpoiled || !haveSameElements(circumstances, known)) nodes = createMemoNodes();
      known = circumstances;
      isSpoiled = false;
      runs += 1;
      nodes.begin({ isComplete: !isPaused });
      isPaused = false;
      const own = runs;
      let computed = 0;
      return runOf(nodes, {
        isNewest: () => runs === own,
        isSpoiled: () => isSpoiled,
        spoil: () => {
          if (runs === own) isSpoiled = true;
        },
        inTime: (compute) => {
          isPaused = computed > 0 && isOver();
          if (isPaused) throw PAUSED;
          compute();
          computed += 1;
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
  /** Throws `PAUSED` instead if the time of the run is over. */
  readonly inTime: (compute: () => void) => void;
};

function runOf(nodes: MemoNodes, validity: Validity): Run {
  const { isNewest, isSpoiled, spoil, inTime } = validity;
  const titles = new Set<string>();
  function isFirst(title: string): boolean {
    if (titles.has(title)) spoil();
    if (!isNewest() || titles.has(title)) return false;
    titles.add(title);
    return true;
  }
  function within(prefix: string): Remembering {
    const tables = new Map<string, MemoTable>();
    const tableOf = (name: string): MemoTable => {
      const table = tables.get(name) ?? nodes.table(`${prefix}${name}`);
      tables.set(name, table);
      return table;
    };
    return {
      tracked: (name, read, options = {}) => {
        const given = { name: `${prefix}${name}`, read, ...options };
        return isFirst(given.name) ? trackedFunction(nodes, isNewest, given) : read;
      },
      grouped: (name, items, keysOf) => {
        const given = { name: `${prefix}${name}`, items, keysOf };
        return isFirst(given.name) ? groupedFunction(nodes, isNewest, given) : reader(items, keysOf);
      },
      derive: <T>(name: string, key: string, from: readonly unknown[], compute: () => T): T => {
        if (!isNewest() || isSpoiled()) return compute();
        const table = tableOf(name);
        const node = nodeIn<T>(table, key) ?? nodes.add<T>(table, key);
        if (!nodes.isRight(node, from)) {
          if (node.used === nodes.run()) spoil();
          if (isSpoiled()) return compute();
          inTime(() => nodes.compute(node, from, compute, areSame));
        }
        return nodes.use(node);
      },
    };
  }
  return { ...within(''), within, lookups: nodes.lookups };
}

function trackedFunction<A extends readonly string[], T>(
  nodes: MemoNodes,
  isNewest: () => boolean,
  { name, read, lookupOf, same = areSame }: TrackedOptions<A, T> & { name: string; read: (...args: A) => T },
): (...args: A) => T {
  const table = nodes.table(name);
  answerAgain(table, read, same);
  function answer(key: string, args: A): MemoNode<T> {
    const lookup = lookupOf === undefined ? {} : { lookup: lookupKey(lookupOf(...args)) };
    const node = nodes.add<T>(table, key, { args, ...lookup });
    nodes.write(node, read(...args), same);
    return node;
  }
  return (...args) => {
    if (!isNewest()) return read(...args);
    const key = args.length === 1 ? `${args[0]}` : args.join('/');
    return nodes.use(nodeIn<T>(table, key) ?? answer(key, args));
  };
}

type Grouped<T> = {
  readonly name: string;
  readonly items: readonly T[];
  readonly keysOf: (item: T) => readonly string[];
};

function groupedFunction<T>(
  nodes: MemoNodes,
  isNewest: () => boolean,
  { name, items, keysOf }: Grouped<T>,
): (key: string) => readonly T[] {
  const read = reader(items, keysOf);
  const table = nodes.table(name);
  const lists = nodes.table(LISTS);
  const list = nodeIn<readonly T[]>(lists, name) ?? nodes.add<readonly T[]>(lists, name);
  const changed =
    list.held === undefined ? new Set(table.keys()) : keysOfDifference(list.held.value, items, keysOf);
  nodes.write(list, items, () => false);
  const groups = once(() => groupedByKeys(items, (item) => keysOf(item).filter((key) => changed.has(key))));
  for (const key of changed) {
    const node = nodeIn<readonly T[]>(table, key);
    if (node !== undefined) nodes.write(node, groups().get(key) ?? NOTHING, haveSameElements);
  }
  function answer(key: string): MemoNode<readonly T[]> {
    const node = nodes.add<readonly T[]>(table, key);
    nodes.write(node, read(key), haveSameElements);
    return node;
  }
  return (key) => (isNewest() ? nodes.use(nodeIn<readonly T[]>(table, key) ?? answer(key)) : read(key));
}

/** The lists as they were grouped last, by the name of the function. */
const LISTS = 'lists';

function reader<T>(
  items: readonly T[],
  keysOf: (item: T) => readonly string[],
): (key: string) => readonly T[] {
  const groups = once(() => groupedByKeys(items, keysOf));
  return (key) => groups().get(key) ?? NOTHING;
}

const NOTHING: readonly never[] = [];

const areSame = (before: unknown, after: unknown): boolean =>
  before === after || (Array.isArray(before) && Array.isArray(after) && haveSameElements(before, after));
