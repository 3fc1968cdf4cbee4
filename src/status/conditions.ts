// The conditions Accepted, ResolvedRefs and Programmed of a valid intent. Knows nothing about pods.
import {
  diagnosticPath,
  messageOf,
  severityOf,
  type Diagnostic,
  type Severity,
} from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { pathText } from '../domain/problem.ts';
import type { GeneratedResource, UndatedCondition } from '../domain/egress-intent/status.ts';
import { labelsKey } from '../domain/labels.ts';
import { sidecarName } from '../compile/object-names.ts';
import { objectId } from '../domain/kinds/manifest.ts';
import type { Compilation } from '../compile/compilation.ts';
import type { DesiredServiceEntry, DesiredSidecar } from '../compile/desired.ts';
import type { Plan, PlannedSidecar, Withheld } from '../plan/steps.ts';

/** The outcome of a plan: for each object that could not be written, by its id, the reason. */
export type PlanOutcome = { readonly failures: ReadonlyMap<string, string> };

/** The objects that an intent contributes to. */
export type IntentShare = {
  /** Most specific first. */
  readonly sidecars: readonly PlannedSidecar[];
  /** In order of name. */
  readonly serviceEntries: readonly DesiredServiceEntry[];
};

/** True if no entry is refused; warnings do not change the status. */
export function acceptedCondition(diagnostics: readonly Diagnostic[]): UndatedCondition<'Accepted'> {
  const type = 'Accepted';
  const refused = withSeverity(diagnostics, 'refused');
  if (refused.length > 0)
    return { type, status: 'False', reason: 'EntriesRefused', message: textOf(refused) };
  const warnings = withSeverity(diagnostics, 'warning');
  if (warnings.length > 0) return { type, status: 'True', reason: 'Warnings', message: textOf(warnings) };
  const notes = withSeverity(diagnostics, 'note');
  const message = ['every entry is valid and in force', ...(notes.length > 0 ? [textOf(notes)] : [])].join(
    '; ',
  );
  return { type, status: 'True', reason: 'Accepted', message };
}

/** True if every object that an entry names exists and is exported to the namespace of the intent. */
export function resolvedRefsCondition(diagnostics: readonly Diagnostic[]): UndatedCondition<'ResolvedRefs'> {
  const type = 'ResolvedRefs';
  const unresolved = withSeverity(diagnostics, 'unresolved');
  if (unresolved.length === 0) {
    const message = 'every object that an entry names exists and is exported to this namespace';
    return { type, status: 'True', reason: 'ResolvedRefs', message };
  }
  const reason = unresolved.every(({ code }) => code.endsWith('NotExported')) ? 'NotExported' : 'RefNotFound';
  return { type, status: 'False', reason, message: textOf(unresolved) };
}

type ProgrammedInput = {
  readonly plan: Pick<Plan, 'withheld'>;
  readonly outcome: PlanOutcome;
  readonly compilation: Pick<Compilation, 'audited'>;
};

/** True if every object that the intent contributes to is as desired. An Audit intent is never programmed. */
export function programmedCondition(
  intent: Pick<Intent, 'mode' | 'selector'>,
  share: IntentShare,
  { plan, outcome, compilation }: ProgrammedInput,
): UndatedCondition<'Programmed'> {
  const type = 'Programmed';
  const ids = new Set(resourcesOf(share).map(({ kind, name }) => objectId(kind, name)));
  const failures = [...outcome.failures].filter(([id]) => ids.has(id));
  if (failures.length > 0) {
    const message = failures.map(([id, reason]) => `${id}: ${reason}`).join('; ');
    return { type, status: 'False', reason: 'WriteFailed', message };
  }
  const withheld = plan.withheld.filter(({ kind, name }) => ids.has(objectId(kind, name)));
  if (withheld.length > 0) {
    return { type, status: 'False', reason: 'Withheld', message: withheld.map(withheldText).join('; ') };
  }
  if (intent.mode === 'Audit') {
    return { type, status: 'False', reason: 'Audit', message: auditText(intent, share, compilation.audited) };
  }
  const message = 'every Sidecar and ServiceEntry of this intent is up to date';
  return { type, status: 'True', reason: 'Programmed', message };
}

/** Sidecars first, the most specific first; then ServiceEntries in order of name. */
export function resourcesOf({ sidecars, serviceEntries }: IntentShare): readonly GeneratedResource[] {
  return [
    ...sidecars.map(({ name }): GeneratedResource => ({ kind: 'Sidecar', name })),
    ...serviceEntries.map(({ name }): GeneratedResource => ({ kind: 'ServiceEntry', name })),
  ];
}

/** The diagnostics of one severity. */
export const withSeverity = (diagnostics: readonly Diagnostic[], severity: Severity): readonly Diagnostic[] =>
  diagnostics.filter((diagnostic) => severityOf(diagnostic) === severity);

/** The messages of the diagnostics, each after its path in the intent. */
export const textOf = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map((diagnostic) => `${pathText(diagnosticPath(diagnostic))}: ${messageOf(diagnostic)}`)
    .join('; ');

function withheldText({ kind, name, reason, dependsOn }: Withheld): string {
  const id = objectId(kind, name);
  const unchanged =
    dependsOn === undefined
      ? `${id} is left unchanged`
      : `${id} is not written, because it depends on ${dependsOn}, which is left unchanged`;
  const cause =
    reason.kind === 'invalid-intent'
      ? `intent ${reason.intent} contributes to it and is invalid, so correct that intent`
      : 'it exists and is not managed by egress-intent, so delete it, or create it again under another name';
  return `${unchanged}: ${cause}`;
}

/** What mode Enforce would write, and where the entries are granted already. */
function auditText(
  { selector }: Pick<Intent, 'selector'>,
  { sidecars }: IntentShare,
  audited: readonly DesiredSidecar[],
): string {
  const enforced = audited.find(({ scope }) => scope.key === labelsKey(selector));
  const wouldWrite =
    enforced === undefined
      ? ''
      : `; mode Enforce would write Sidecar ${sidecarName(enforced.scope.selector, 1)}, which lists ${egressHostsOf(enforced)}`;
  const granting = sidecars.map(({ name }) => name).join(', ');
  const granted =
    granting === ''
      ? ''
      : `; for pods that another intent restricts, these entries are already granted, in Sidecar ${granting}`;
  return `mode Audit restricts nothing${wouldWrite}${granted}`;
}

const egressHostsOf = ({ spec }: DesiredSidecar): string =>
  spec.egress.flatMap(({ hosts }) => hosts).join(', ');
