// What is wrong with the metadata of an intent in a file.
import { z } from 'zod';
import { StringMap } from '../../domain/kinds/metadata.ts';
import { parserOf } from '../../domain/kinds/parser.ts';
import { valueAt, type Problem } from '../../domain/problem.ts';

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** An empty one is as none. */
const NAMESPACE = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/;
const BAD_NAME = 'is not a valid name: write lower-case letters, digits and -, such as web';

/** What the API server demands of the metadata of an intent. */
const shape = parserOf(
  z.object({
    metadata: z.object({
      name: z.string().regex(NAME, BAD_NAME),
      namespace: z.string().regex(NAMESPACE, BAD_NAME).optional(),
      labels: StringMap.optional(),
      annotations: StringMap.optional(),
    }),
  }),
  (data) => data,
);

const GenerateName = z.object({ metadata: z.object({ generateName: z.string() }) });

/** What YAML reads as a number or a boolean: `7`, `1e3`, `on`. */
const isUnquoted = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean';

/** A problem, and the field to report it at where that is another one: `generateName` where a name is generated. */
export type PlacedProblem = Problem & { readonly at?: Problem['path'] };

/** What the API server would refuse, except for unknown fields. */
export const metadataProblems = (intent: unknown): readonly PlacedProblem[] =>
  shape.problemsOf(intent).map((problem) => inWords(problem, intent));

function inWords({ path, message }: Problem, value: unknown): PlacedProblem {
  if (message.startsWith('must be of type string') && isUnquoted(valueAt(value, path)))
    return { path, message: 'must be text: write it in quotes' };
  const isGenerated = path.at(-1) === 'name' && GenerateName.safeParse(value).success;
  if (!isGenerated) return { path, message };
  return {
    path,
    at: ['metadata', 'generateName'],
    message: 'is missing: with generateName each run would add another intent, so write name instead',
  };
}
