// What the CLI has to say about its input, each with the place in the text.
import type { Position } from './documents.ts';

/** An `error` makes the exit code 1. A `note` is about what may well exist outside the input. */
export type Finding = {
  readonly position: Position;
  readonly severity: 'error' | 'warning' | 'note';
  /** The diagnostic's code, for programs. */
  readonly code: string;
  readonly message: string;
};

/** One line in the form that compilers use, which editors can follow: `file:line:column: severity: message [code]`. */
export function lineOf({ position: { file, line, column }, severity, code, message }: Finding): string {
  return `${file}:${line}:${column}: ${severity}: ${message} [${code}]`;
}

/** 1 where something is wrong, else 0. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
