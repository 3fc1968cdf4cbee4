// The table of diagnostics: what the author of an intent or the platform team can correct. A diagnostic is a value: it never stops the
// compiler and is never retried; it ends in a condition or in a line of the CLI. Type, severity, text, documentation and the
// proof's list of exceptions all come from this table.
import { escaped } from '../text.ts';
import { BOUND_DIAGNOSTICS } from './diagnostics/bound-diagnostics.ts';
import { CONFLICT_DIAGNOSTICS } from './diagnostics/conflict-diagnostics.ts';
import { SEVERITIES, type DiagnosticRow, type FindingSeverity, type Severity } from './diagnostic-row.ts';
import { ENTRY_DIAGNOSTICS } from './diagnostics/entry-diagnostics.ts';
import { FOREIGN_DIAGNOSTICS } from './diagnostics/foreign-diagnostics.ts';
import { LISTENER_DIAGNOSTICS } from './diagnostics/listener-diagnostics.ts';
import { MESH_DIAGNOSTICS } from './diagnostics/mesh-diagnostics.ts';
import { RANGE_DIAGNOSTICS } from './diagnostics/range-diagnostics.ts';
import { RISK_DIAGNOSTICS } from './diagnostics/risk-diagnostics.ts';
import { ROUTE_DIAGNOSTICS } from './diagnostics/route-diagnostics.ts';
import { UNRESOLVED_DIAGNOSTICS } from './diagnostics/unresolved-diagnostics.ts';

export type { ConflictReason } from './diagnostics/conflict-diagnostics.ts';
export type { RouteNotFollowedReason } from './diagnostics/route-not-followed.ts';
export type { Severity } from './diagnostic-row.ts';

const ROWS = {
  ...ENTRY_DIAGNOSTICS,
  ...UNRESOLVED_DIAGNOSTICS,
  ...RISK_DIAGNOSTICS,
  ...RANGE_DIAGNOSTICS,
  ...CONFLICT_DIAGNOSTICS,
  ...LISTENER_DIAGNOSTICS,
  ...BOUND_DIAGNOSTICS,
  ...FOREIGN_DIAGNOSTICS,
  ...ROUTE_DIAGNOSTICS,
  ...MESH_DIAGNOSTICS,
};

export type DiagnosticCode = keyof typeof ROWS;

type Arguments = {
  readonly [Code in DiagnosticCode]: (typeof ROWS)[Code] extends DiagnosticRow<infer Args> ? Args : never;
};

type Table = { readonly [Code in DiagnosticCode]: DiagnosticRow<Arguments[Code]> };

/** Every diagnostic by its code. */
export const DIAGNOSTICS: Table = ROWS;

/** A finding about one intent; `entry` is the index in `allow` where it is about one entry. */
type DiagnosticOf<Codes extends DiagnosticCode> = {
  [Code in Codes]: {
    readonly code: Code;
    readonly intent: string;
    readonly entry?: number;
  } & Arguments[Code];
}[Codes];

export type Diagnostic = DiagnosticOf<DiagnosticCode>;

export const severityOf = ({ code }: Diagnostic): Severity => DIAGNOSTICS[code].severity;

/** How serious it is in the output of `render` and `validate`; `input` says whether that is the whole cluster. */
export const findingSeverityOf = (code: DiagnosticCode, input: 'default' | 'complete'): FindingSeverity =>
  SEVERITIES[DIAGNOSTICS[code].severity].finding[DIAGNOSTICS[code].objectIsKnown ? 'complete' : input];

/** What is wrong and what to do, in one or two sentences that name the object. Safe to print to a terminal. */
export function messageOf<Code extends DiagnosticCode>(diagnostic: DiagnosticOf<Code>): string {
  const { message }: DiagnosticRow<Arguments[Code]> = DIAGNOSTICS[diagnostic.code];
  return escaped(message(diagnostic));
}

/** Where in the intent the finding is, as a path from the root of the object. */
export const diagnosticPath = ({ entry }: Diagnostic): readonly (string | number)[] =>
  entry === undefined ? ['spec'] : ['spec', 'allow', entry];
