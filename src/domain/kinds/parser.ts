// How objects of every kind are read: null is absent, and what cannot be read is told rather than passed over.
import type { z } from 'zod';
import type { Problem } from '../problem.ts';
import { escaped } from '../text.ts';
import { withoutNulls } from './absent.ts';

export type Parser<T> = {
  /** `undefined` for an object that is left out on purpose, and for one that cannot be read. */
  (raw: unknown): T | undefined;
  /** Why the object cannot be read; empty for an object that can, or that is left out on purpose. */
  readonly problemsOf: (raw: unknown) => readonly Problem[];
};

/**
 * A parser that checks an object, without its nulls, with the schema, and then reads it: `read` gets the outcome, the object as given, and what was
 * checked. It leaves an object out with `undefined`; one that `isRelevant` denies is left out unchecked.
 */
export function parserOf<Data, T>(
  schema: z.ZodType<Data>,
  read: (data: Data, raw: unknown, checked: unknown) => T | undefined,
  isRelevant: (raw: unknown) => boolean = () => true,
): Parser<T> {
  const parse = (raw: unknown): T | undefined => {
    if (!isRelevant(raw)) return undefined;
    const checked = withoutNulls(raw);
    const parsed = schema.safeParse(checked);
    return parsed.success ? read(parsed.data, raw, checked) : undefined;
  };
  const problemsOf = (raw: unknown): readonly Problem[] => {
    const parsed = isRelevant(raw) ? schema.safeParse(withoutNulls(raw)) : undefined;
    return parsed?.error?.issues.map(problemOf) ?? [];
  };
  return Object.assign(parse, { problemsOf });
}

function problemOf(issue: z.core.$ZodIssue): Problem {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  return { path, message: escaped(messageOf(issue)) };
}

/** zod says what it received in its text only. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  if (issue.message.endsWith('received undefined')) return 'is missing';
  const received = /received (?<type>.*)$/.exec(issue.message)?.groups?.['type'];
  return `must be of type ${issue.expected}${received === undefined ? '' : `, not ${received}`}`;
}
