// The findings of the CLI about its input, each with its position in the text.
import { API, KIND } from '../domain/api-group.ts';
import type { FindingSeverity } from '../domain/egress-intent/diagnostic-row.ts';
import { escaped, escapedLine } from '../domain/text.ts';
import type { Position } from './input/documents.ts';

export type Finding = {
  readonly position: Position;
  readonly severity: FindingSeverity;
  /** For programs: that of a diagnostic or of a finding about the input, or the reason of a condition. */
  readonly code: string;
  /** The object that it is about; absent where the input has none there. */
  readonly object?: FindingObject;
  /** The field of the object that it is about, such as `spec.allow[1]`; absent for the whole object. */
  readonly path?: string;
  /** What is wrong and what to do, without object and path. */
  readonly message: string;
};

/** The namespace is empty for an object without one, and the name where that is what is wrong. */
export type FindingObject = { readonly kind: string; readonly namespace: string; readonly name: string };

/** One line in the form of compilers, which editors can follow: `file:line:column: severity: message [code]`. */
export function lineOf(finding: Finding): string {
  const {
    position: { file, line, column },
    severity,
    code,
  } = finding;
  return escapedLine(`${file}:${line}:${column}: ${severity}: ${textOf(finding)} [${code}]`);
}

/** The message with what it is about: `EgressIntent red/web: spec.allow[1]: ...`. */
export function textOf({ object, path, message }: Pick<Finding, 'object' | 'path' | 'message'>): string {
  const about = [...(object === undefined ? [] : [titleOf(object)]), ...(path === undefined ? [] : [path])];
  return [...about, message].join(': ');
}

const titleOf = ({ kind, namespace, name }: FindingObject): string => {
  const title = [namespace, name].filter((part) => part !== '').join('/');
  return name === '' ? kind : `${kind} ${title}`;
};

/**
 * The findings for programs. Every member is always there: `object` and `path` are null where a finding is about none. Documented in
 * docs/diagnostics.md.
 */
export const reportOf = (intents: number, findings: readonly Finding[]): object => ({
  intents,
  ...countsOf(findings),
  findings: findings.map(({ code, severity, object, path, message, position }) => ({
    code,
    severity,
    object: object ?? null,
    path: path ?? null,
    message: escaped(message),
    ...position,
  })),
});

const countsOf = (findings: readonly Finding[]): Readonly<Record<`${FindingSeverity}s`, number>> => {
  const count = (wanted: FindingSeverity) => findings.filter(({ severity }) => severity === wanted).length;
  return { errors: count('error'), warnings: count('warning'), notes: count('note') };
};

/** `1 intent, 2 errors, 0 warnings, 1 note`, for a person at the end of the findings. */
export function summaryOf(intents: number, findings: readonly Finding[]): string {
  const { errors, warnings, notes } = countsOf(findings);
  return [
    counted(intents, 'intent'),
    counted(errors, 'error'),
    counted(warnings, 'warning'),
    counted(notes, 'note'),
  ].join(', ');
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Without it, an empty report would look like a good one. */
export const NO_INTENT = `the input holds no ${KIND} (${API})`;

/** 1 if there is an error, or with `strict` a warning, else 0. */
export function exitCodeOf(findings: readonly Finding[], strict = false): 0 | 1 {
  return findings.some(({ severity }) => severity === 'error' || (strict && severity === 'warning')) ? 1 : 0;
}
