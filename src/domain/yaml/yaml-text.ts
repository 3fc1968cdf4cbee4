// Text in YAML as sigs.k8s.io/yaml reads it, which kubectl and istiod both call.
import { parseAllDocuments, type Document, type LineCounter, type YAMLParseError } from 'yaml';
import { err, ok, type Result } from '../result.ts';
import { valueOf, type RepeatedKeys, type YamlProblem } from './yaml-values.ts';

const SCALARS_AS_TEXT = {
  version: '1.1',
  schema: 'failsafe',
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** Every document of a text, each with its own errors. */
export function documentsIn(text: string, lineCounter?: LineCounter): readonly Document[] {
  const parsed = parseAllDocuments(text, { ...SCALARS_AS_TEXT, ...(lineCounter ? { lineCounter } : {}) });
  return 'empty' in parsed ? [] : parsed;
}

/** The value is of no use if there are problems. */
export function readDocument(
  document: Document,
  repeatedKeys: RepeatedKeys = 'refused',
): { readonly value: unknown; readonly problems: readonly YamlProblem[] } {
  const errors = document.errors.map((error) => ({ offset: error.pos[0], message: messageOf(error) }));
  return errors.length > 0 ? { value: undefined, problems: errors } : valueOf(document, repeatedKeys);
}

const messageOf = ({ message }: YAMLParseError): string =>
  message === 'Alias cannot be an empty string'
    ? '* without quotes is an alias without a name: if it is meant as text, write it in quotes'
    : message;

/**
 * The value of a text as istiod reads its settings: only the first document counts and, of a key that is given twice, only the last value.
 * `null` for a text without a document. Source: sigs.k8s.io/yaml yaml.go, YAMLToJSON.
 */
export function firstDocument(text: string): Result<unknown, string> {
  const [document] = documentsIn(text);
  if (document === undefined) return ok(null);
  const { value, problems } = readDocument(document, 'last counts');
  return problems.length === 0 ? ok(value) : err(problems.map(({ message }) => message).join('; '));
}
