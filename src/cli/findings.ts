// The findings of the CLI about its input, each with its position in the text.
import { API, KIND } from '../domain/api-group.ts';
import type { FindingSeverity } from '../domain/egress-intent/diagnostic-row.ts';
import { escapedLine } from '../domain/text.ts';
import type { Position } from './input/documents.ts';

export type Finding = {
  readonly position: Position;
  readonly severity: FindingSeverity;
  /** For programs: that of a diagnostic or of a finding about the input, or the reason of a condition. */
  readonly code: string;
  readonly message: string;
};

/** One line in the form of compilers, which editors can follow: `file:line:column: severity: message [code]`. */
export function lineOf({ position: { file, line, column }, severity, code, message }: Finding): string {
  return escapedLine(`${file}:${line}:${column}: ${severity}: ${message} [${code}]`);
}

/** `1 intent, 2 errors, 0 warnings, 1 note`, for a person at the end of the findings. */
export function summaryOf(intents: number, findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'note'] as const).map((severity) =>
    counted(findings.filter((finding) => finding.severity === severity).length, severity),
  );
  return [counted(intents, 'intent'), ...counts].join(', ');
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Without it, an empty report would look like a good one. */
export const NO_INTENT = `the input holds no ${KIND} (${API})`;

/** 1 if there is an error, else 0. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
