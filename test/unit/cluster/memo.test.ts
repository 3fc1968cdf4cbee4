// What a memory computes again, and what it takes for unchanged.
import { expect, test, vi } from 'vitest';
import { createMemo, PAUSED, type Memo, type Run } from '../../../src/cluster/memo/memo.ts';
import { createMemos } from '../../../src/cluster/memo/memos.ts';

/** Answers that a test changes between runs. */
const answers = new Map<string, string>();

type Begun = { readonly run: Run; readonly read: (key: string) => string };

function begun(memo: Memo, circumstances: readonly unknown[] = ['same']): Begun {
  const run = memo.begin(circumstances);
  const read = run.tracked('answer', (key: string) => answers.get(key) ?? 'none', {
    lookupOf: (name) => ({ kind: 'Namespace', name }),
  });
  return { run, read };
}

test('a value is computed again only if what it is made from or what it read changes', () => {
  const memo = createMemo();
  const compute = vi.fn<(text: string) => string>((text) => text);
  const made = (from: string): string => {
    const { run, read } = begun(memo);
    return run.derive('value', '', [from], () => compute(`${from} ${read('a')}`));
  };
  answers.set('a', '1');
  expect([made('x'), made('x')]).toEqual(['x 1', 'x 1']);
  expect(compute).toHaveBeenCalledTimes(1);
  answers.set('b', '2');
  expect([made('x'), made('y')]).toEqual(['x 1', 'y 1']);
  expect(compute).toHaveBeenCalledTimes(2);
  answers.set('a', '3');
  expect([made('y'), made('y')]).toEqual(['y 3', 'y 3']);
  expect(compute).toHaveBeenCalledTimes(3);
});

test('a value that reads another one is computed again if that changes, and not if it becomes the same again', () => {
  const memo = createMemo();
  const outer = vi.fn<(parts: readonly string[]) => string>((parts) => parts.join());
  const made = (): string => {
    const { run, read } = begun(memo);
    const inner = () => run.derive('inner', '', [], () => [read('a').length > 1 ? 'long' : 'short']);
    inner();
    return run.derive('outer', '', [], () => outer(inner()));
  };
  answers.set('a', '1');
  expect(made()).toBe('short');
  answers.set('a', '2');
  expect(made()).toBe('short');
  expect(outer).toHaveBeenCalledTimes(1);
  answers.set('a', '22');
  expect(made()).toBe('long');
  expect(outer).toHaveBeenCalledTimes(2);
});

test('an answer is read once in a run', () => {
  const { read } = begun(createMemo());
  answers.set('a', '1');
  expect(read('a')).toBe('1');
  answers.set('a', '2');
  expect(read('a')).toBe('1');
});

function lookups(memo: Memo, others: readonly string[]): readonly string[] {
  const { run, read } = begun(memo);
  read('first');
  for (const key of others) run.derive('value', key, [], () => read(key));
  read('last');
  return run.lookups().map((key) => key.replace('Namespace/', ''));
}

test('the look-ups are those of a run without memory, in its order', () => {
  const memo = createMemo();
  expect(lookups(memo, ['b', 'c'])).toEqual(['first', 'b', 'c', 'last']);
  expect(lookups(memo, ['c', 'b'])).toEqual(['first', 'c', 'b', 'last']);
  expect(lookups(memo, ['c'])).toEqual(lookups(createMemo(), ['c']));
});

test('other circumstances make it forget everything', () => {
  const memo = createMemo();
  const compute = vi.fn<() => number>(() => 1);
  for (const circumstances of [['a'], ['a'], ['b'], ['a']])
    memo.begin(circumstances).derive('value', '', [], compute);
  expect(compute).toHaveBeenCalledTimes(3);
});

const value = ({ run, read }: Begun): string => run.derive('value', '', [], () => read('a'));

test('a run that goes on after the next one began computes for itself', () => {
  const memo = createMemo();
  answers.set('a', '1');
  const old = begun(memo);
  answers.set('a', '2');
  const next = begun(memo);
  expect(value(next)).toBe('2');
  answers.set('a', '3');
  expect([value(old), value(next)]).toEqual(['3', '2']);
});

test('one name for two values of a run: the second is computed, and nothing is remembered any more', () => {
  const memo = createMemo();
  const { run } = begun(memo);
  const compute = vi.fn<() => string>(() => 'other');
  expect(run.derive('value', '', ['a'], () => 'a')).toBe('a');
  expect(run.derive('value', '', ['b'], () => 'b')).toBe('b');
  run.derive('other', '', [], compute);
  run.derive('other', '', [], compute);
  expect(compute).toHaveBeenCalledTimes(2);
  expect(begun(memo).run.derive('value', '', ['b'], () => 'again')).toBe('again');
});

test('what several runs did not use is forgotten', () => {
  const memo = createMemo();
  for (let round = 0; round < 20; round += 1) {
    const { run } = begun(memo);
    for (let key = 0; key < 500; key += 1) run.derive('value', `${round}/${key}`, [], () => key);
  }
  expect(memo.size()).toBeLessThan(3_000);
});

test('of many namespaces only those that ran last, and more than once, are remembered', () => {
  const memos = createMemos(100);
  const run = (namespace: string): boolean => {
    const memo = memos.of(namespace);
    const isKnown = memo.size() > 0;
    const { derive } = memo.begin([namespace]);
    for (let key = 0; key < 30; key += 1) derive('value', `${key}`, [], () => key);
    return isKnown;
  };
  expect(['a', 'b', 'c', 'd', 'e'].map(run)).toEqual([false, false, false, false, false]);
  expect(['a', 'b', 'c', 'a'].map(run)).toEqual([false, false, false, true]);
  expect(['d', 'e'].map(run)).toEqual([false, false]);
  expect([run('b'), run('e')]).toEqual([false, true]);
});

test('a run whose time is over is paused, and the next one goes on from there', () => {
  const memo = createMemo();
  answers.set('a', '1');
  const computed = vi.fn<(key: number) => number>((key) => key);
  const attempt = (): readonly number[] => {
    const { derive } = memo.begin([], () => true);
    return derive('list', '', [], () =>
      Array.from({ length: 5 }, (_, key) => derive('value', `${key}`, [], () => computed(key))),
    );
  };
  for (let pauses = 0; pauses < 4; pauses += 1) expect(attempt).toThrow(PAUSED);
  expect(attempt()).toEqual([0, 1, 2, 3, 4]);
  expect(computed).toHaveBeenCalledTimes(5);
});

test('what a paused run computed is not taken for unused', () => {
  const memo = createMemo();
  let computed = 0;
  const attempt = (): void => {
    let inThisRun = 0;
    const { derive } = memo.begin([], () => inThisRun >= 1_500);
    derive('list', '', [], () => {
      for (let key = 0; key < 4_000; key += 1) {
        derive('value', `${key}`, [], () => {
          computed += 1;
          inThisRun += 1;
        });
      }
    });
  };
  for (let pauses = 0; pauses < 2; pauses += 1) expect(attempt).toThrow(PAUSED);
  attempt();
  expect(computed).toBe(4_000);
});
