// A rule of the wire schema that JSON Schema cannot say. It is written twice, side by side: in CEL for the API server and in
// TypeScript for everybody else. A property test gives both the same random specs.
import type { z } from 'zod';

export type SchemaRule<T> = {
  readonly cel: string;
  /** What is wrong and what to do. */
  readonly message: string;
  /** The field that the message is about, from the value that the rule stands on. */
  readonly field?: keyof T & string;
  readonly holds: (value: T) => boolean;
};

/**
 * Adds rules to a schema. The TypeScript side reports, for each field, only the first rule that is broken, so rules go from
 * the plainest mistake to the most general one.
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
