// A rule of the wire schema that JSON Schema cannot express. It has two forms: CEL for the API server, and TypeScript for the parser.
// A property test gives both the same random specs.
import type { z } from 'zod';

export type SchemaRule<T> = {
  readonly cel: string;
  /** What is wrong and what to do. */
  readonly message: string;
  /** The field that the message is about, relative to the value that the rule checks; absent for the value itself. */
  readonly field?: keyof T & string;
  readonly holds: (value: T) => boolean;
};

/**
 * Adds rules to a schema. The parser reports only the first broken rule of a field, so rules are in order from the plainest mistake
 * to the most general one.
 */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly SchemaRule<z.output<S>>[]): S {
  return schema
    .superRefine((value, context) => {
      const reported = new Set<string | undefined>();
      for (const { field, message, holds } of rules) {
        if (reported.has(field) || holds(value)) continue;
        reported.add(field);
        context.addIssue({ code: 'custom', message, path: field === undefined ? [] : [field] });
      }
    })
    .meta({
      'x-kubernetes-validations': rules.map(({ cel, message, field }) => ({
        rule: cel,
        message,
        ...(field === undefined ? {} : { fieldPath: `.${field}` }),
      })),
    });
}
