// What is kept of an object, given what is known of it: an object that cannot be read is not one that does not exist.
import type { Parser } from '../domain/kinds/parser.ts';
import type { Problem } from '../domain/problem.ts';

export type Reader<T> = {
  readonly parse: Parser<T>;
  /** What counts while an object cannot be read; the last readable version if absent. `known` is `undefined` if there was none. */
  readonly standIn?: (raw: unknown, problems: readonly Problem[], known: T | undefined) => T | undefined;
};

/** `value` is `undefined` for an object that is left out, and for one that never could be read. */
export type Reading<T> = { readonly value: T | undefined; readonly problems: readonly Problem[] };

/** `known` is what is kept of the version before. */
export function readObject<T>(
  { parse, standIn = (_raw, _problems, last) => last }: Reader<T>,
  raw: unknown,
  known: T | undefined,
): Reading<T> {
  const value = parse(raw);
  const problems = value === undefined ? parse.problemsOf(raw) : [];
  return { value: problems.length === 0 ? value : standIn(raw, problems, known), problems };
}
