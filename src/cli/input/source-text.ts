// The text of a file, and the documents in it, as kubectl reads them. Where kubectl would read something else than the text shows, the text
// is refused. Source: k8s.io/cli-runtime pkg/resource/visitor.go and k8s.io/apimachinery pkg/util/yaml/decoder.go.
import type { Document, LineCounter } from 'yaml';
import { err, ok, type Result } from '../../domain/result.ts';
import { documentsIn, readDocument } from '../../domain/yaml/yaml-text.ts';
import { valueOf, type YamlProblem } from '../../domain/yaml/yaml-values.ts';

/** UTF-16 if the bytes begin with one of its byte order marks, else UTF-8. The text has no mark. */
export function decodedText(bytes: Uint8Array): {
  readonly text: string;
  readonly problems: readonly YamlProblem[];
} {
  const marked = UTF_16.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  const encoding = marked?.name ?? 'utf-8';
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), problems: [] };
  } catch {
    const text = new TextDecoder(encoding).decode(bytes);
    const offset = Math.max(0, text.indexOf('\uFFFD'));
    return { text, problems: [{ offset, message: `this is not ${encoding}: save the file as UTF-8` }] };
  }
}

const UTF_16 = [
  { mark: [0xff, 0xfe], name: 'utf-16le' },
  { mark: [0xfe, 0xff], name: 'utf-16be' },
] as const;

/** `value` is of no use if there are problems. */
export type ParsedDocument = {
  readonly document: Document;
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
};

/** Every document of a text. Where `mustBeJson`, YAML that is no JSON is refused; elsewhere a text that is JSON is read as such. */
export function parsedDocuments(
  text: string,
  lines: LineCounter,
  mustBeJson: boolean,
): readonly ParsedDocument[] {
  const documents = documentsIn(text, lines);
  const [document] = documents;
  if (document === undefined) return [];
  const json = mustBeJson || JSON_START.test(text) ? parsedJson(text) : undefined;
  if (json?.ok) return [{ document, value: json.value, problems: valueOf(document, 'refused').problems }];
  if (json !== undefined && mustBeJson) return [{ document, value: undefined, problems: [json.error] }];
  const refused = REFUSED.flatMap(({ pattern, message }) => {
    const offset = text.search(pattern);
    return offset === -1 ? [] : [{ offset, message: message(text.charCodeAt(offset)) }];
  });
  if (refused.length > 0) return [{ document, value: undefined, problems: refused }];
  return documents.map((each) => ({ document: each, ...readDocument(each) }));
}

const JSON_START = /^\s*\{/;

function parsedJson(text: string): Result<unknown, YamlProblem> {
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    const ending = message.includes('end of JSON') ? text.length : text.search(/\S/);
    return err({ offset: position === undefined ? ending : Number(position), message });
  }
}

const hex = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

/** What kubectl refuses or passes over, while YAML 1.2 gives it a meaning. */
const REFUSED: readonly { readonly pattern: RegExp; readonly message: (code: number) => string }[] = [
  {
    pattern: /(?![\t\n\r])\p{Cc}|[\u2028\u2029\uFEFF\uFFFE\uFFFF]|\r(?!\n)/u,
    message: (code) =>
      `the character ${hex(code)} cannot stand here: remove it, or write it as an escape in quotes`,
  },
  {
    pattern: /^---(?![ \t\r]*$|[ \t]+#)/m,
    message: () => 'kubectl reads nothing but a comment after ---: begin the document in the next line',
  },
  { pattern: /^%/m, message: () => 'kubectl does not read directives: remove the line' },
  {
    pattern: /^[.]{3}[ \t\r]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\r?\n)*(?=[ \t]*[^\s#])(?!---)/m,
    message: () => 'kubectl passes over what follows ...: write --- instead',
  },
];
