// The findings of the CLI about its input, each with its position in the text.
import { escaped } from '../domain/text.ts';
import type { Position } from './documents.ts';

/** An `error` makes the exit code 1. A `note` is about an object that may exist outside the input. */
export type Finding = {
  readonly position: Position;
  readonly severity: 'error' | 'warning' | 'note';
  /** The code of the diagnostic, for programs. */
  readonly code: string;
  readonly message: string;
};

/** One line in the form of compilers, which editors can follow: `file:line:column: severity: message [code]`. */
export function lineOf({ position: { file, line, column }, severity, code, message }: Finding): string {
  return escaped(`${file}:${line}:${column}: ${severity}: ${message} [${code}]`);
}

/** 1 if there is an error, else 0. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
