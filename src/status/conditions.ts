// The verdicts on an intent itself: is it accepted, does all that it names exist, does what it wants stand.
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
import type { Plan, PlannedSidecar } from '../plan/steps.ts';

/** What became of the plan: by the id of each step that did not succeed, why. */
export type PlanOutcome = { readonly failures: ReadonlyMap<string, string> };

/** What an intent has a part in. */
export type IntentShare = {
  readonly sidecars: readonly PlannedSidecar[];
  readonly serviceEntries: readonly DesiredServiceEntry[];
};

export function acceptedCondition(diagnostics: readonly Diagnostic[]): UndatedCondition<'Accepted'> {
  const type = 'Accepted';
  const refused = withSeverity(diagnostics, 'refused');
  if (refused.length > 0)
    return { type, status: 'False', reason: 'EntriesRefused', message: textOf(refused) };
  const warnings = withSeverity(diagnostics, 'warning');
  if (warnings.length > 0) return { type, status: 'True', reason: 'Warnings', message: textOf(warnings) };
  return { type, status: 'True', reason: 'Accepted', message: 'every entry is understood and permitted' };
}

export function resolvedRefsCondition(diagnostics: readonly Diagnostic[]): UndatedCondition<'ResolvedRefs'> {
  const type = 'ResolvedRefs';
  const unresolved = withSeverity(diagnostics, 'unresolved');
  if (unresolved.length === 0) {
    return {
      type,
      status: 'True',
      reason: 'ResolvedRefs',
      message: 'all that it names exists and is exported to it',
    };
  }
  const reason = unresolved.every(({ code }) => code.endsWith('NotExported')) ? 'NotExported' : 'RefNotFound';
  return { type, status: 'False', reason, message: textOf(unresolved) };
}

export function programmedCondition(
  intent: Intent,
  share: IntentShare,
  {
    plan,
    outcome,
    compilation,
  }: { readonly plan: Plan; readonly outcome: PlanOutcome; readonly compilation: Compilation },
): UndatedCondition<'Programmed'> {
  const type = 'Programmed';
  const resources = resourcesOf(share);
  const titles = new Set(resources.map(idOf));
  const failures = [...outcome.failures].filter(([id]) => titles.has(id));
  if (failures.length > 0) {
    const message = failures.map(([id, why]) => `${id}: ${why}`).join('; ');
    return { type, status: 'False', reason: 'WriteFailed', message };
  }
  const withheld = plan.withheld.filter((object) => titles.has(idOf(object)));
  if (withheld.length > 0) {
    return { type, status: 'False', reason: 'Withheld', message: withheld.map(withheldText).join('; ') };
  }
  if (intent.mode === 'Audit') {
    return { type, status: 'False', reason: 'Audit', message: auditText(intent, share, compilation.audited) };
  }
  return { type, status: 'True', reason: 'Programmed', message: 'all that it wants stands in the cluster' };
}

/** Sidecars first, the most specific first; then ServiceEntries by name. */
export function resourcesOf({ sidecars, serviceEntries }: IntentShare): readonly GeneratedResource[] {
  return [
    ...sidecars.map(({ name }): GeneratedResource => ({ kind: 'Sidecar', name })),
    ...serviceEntries.map(({ name }): GeneratedResource => ({ kind: 'ServiceEntry', name })),
  ];
}

const idOf = ({ kind, name }: GeneratedResource): string => objectId(kind, name);

export const withSeverity = (diagnostics: readonly Diagnostic[], severity: Severity): readonly Diagnostic[] =>
  diagnostics.filter((diagnostic) => severityOf(diagnostic) === severity);

/** What they say, each with its place in the intent. */
export const textOf = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map((diagnostic) => `${pathText(diagnosticPath(diagnostic))}: ${messageOf(diagnostic)}`)
    .join('; ');

function withheldText({ kind, name, reason }: Plan['withheld'][number]): string {
  const why =
    reason.kind === 'invalid-intent'
      ? `it is shared with intent ${reason.intent}, which cannot be read: mend that one`
      : 'an object of that name is not ours: rename or delete it';
  return `${kind}/${name} is left as it is, since ${why}`;
}

/** Says where the intent's grants count already, and what it would write if it enforced. */
function auditText(intent: Intent, { sidecars }: IntentShare, audited: readonly DesiredSidecar[]): string {
  const own = audited.find(({ scope }) => scope.key === labelsKey(intent.selector));
  const granted = sidecars.map(({ name }) => name).join(', ');
  const closed =
    granted === ''
      ? ''
      : `; where another intent closes, its entries are granted already, in Sidecar ${granted}`;
  const would =
    own === undefined
      ? ''
      : `; mode Enforce would write Sidecar ${sidecarName(own.scope.selector, 1)}, which lists ${hostsListedBy(own)}`;
  return `Audit closes nothing${would}${closed}`;
}

const hostsListedBy = ({ spec }: DesiredSidecar): string =>
  spec.egress.flatMap(({ hosts }) => hosts).join(', ');
