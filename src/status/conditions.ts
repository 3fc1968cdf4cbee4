// The verdicts on an intent itself: is it accepted, does all that it names exist, does what it wants stand.
import { pathOf, severityOf, type Diagnostic, type Severity } from '../domain/egress-intent/diagnostic.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { messageOf, pathText } from '../domain/egress-intent/messages.ts';
import type { Resource, Verdict } from '../domain/egress-intent/status.ts';
import { labelsKey } from '../domain/labels.ts';
import { sidecarName } from '../compile/object-names.ts';
import { objectId } from '../domain/kinds/manifest.ts';
import type { Compilation, DesiredServiceEntry, DesiredSidecar } from '../compile/compilation.ts';
import type { Plan, PlannedSidecar } from '../plan/steps.ts';

/** What became of the plan: by the id of each step that did not succeed, why. */
export type Outcome = { readonly failures: ReadonlyMap<string, string> };

/** What an intent has a part in. */
export type Share = {
  readonly sidecars: readonly PlannedSidecar[];
  readonly serviceEntries: readonly DesiredServiceEntry[];
};

export function accepted(diagnostics: readonly Diagnostic[]): Verdict<'Accepted'> {
  const type = 'Accepted';
  const refused = withSeverity(diagnostics, 'refused');
  if (refused.length > 0)
    return { type, status: 'False', reason: 'EntriesRefused', message: textOf(refused) };
  const warnings = withSeverity(diagnostics, 'warning');
  if (warnings.length > 0) return { type, status: 'True', reason: 'Warnings', message: textOf(warnings) };
  return { type, status: 'True', reason: 'Accepted', message: 'every entry is understood and permitted' };
}

export function resolvedRefs(diagnostics: readonly Diagnostic[]): Verdict<'ResolvedRefs'> {
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

export function programmed(
  intent: Intent,
  share: Share,
  {
    plan,
    outcome,
    compilation,
  }: { readonly plan: Plan; readonly outcome: Outcome; readonly compilation: Compilation },
): Verdict<'Programmed'> {
  const type = 'Programmed';
  const resources = resourcesOf(share);
  const titles = new Set(resources.map(titleOf));
  const failures = [...outcome.failures].filter(([id]) => titles.has(id));
  if (failures.length > 0) {
    const message = failures.map(([id, why]) => `${id}: ${why}`).join('; ');
    return { type, status: 'False', reason: 'WriteFailed', message };
  }
  const withheld = plan.withheld.filter((object) => titles.has(titleOf(object)));
  if (withheld.length > 0) {
    return { type, status: 'False', reason: 'Withheld', message: withheld.map(withheldText).join('; ') };
  }
  if (intent.mode === 'Audit') {
    return { type, status: 'False', reason: 'Audit', message: auditText(intent, share, compilation.audited) };
  }
  return { type, status: 'True', reason: 'Programmed', message: 'all that it wants stands in the cluster' };
}

/** Sidecars first, the most specific first; then ServiceEntries by name. */
export function resourcesOf({ sidecars, serviceEntries }: Share): readonly Resource[] {
  return [
    ...sidecars.map(({ name }): Resource => ({ kind: 'Sidecar', name })),
    ...serviceEntries.map(({ name }): Resource => ({ kind: 'ServiceEntry', name })),
  ];
}

const titleOf = ({ kind, name }: Resource): string => objectId(kind, name);

export const withSeverity = (diagnostics: readonly Diagnostic[], severity: Severity): readonly Diagnostic[] =>
  diagnostics.filter((diagnostic) => severityOf(diagnostic) === severity);

/** What they say, each with its place in the intent. */
export const textOf = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map((diagnostic) => `${pathText(pathOf(diagnostic))}: ${messageOf(diagnostic)}`).join('; ');

function withheldText({ kind, name, why }: Plan['withheld'][number]): string {
  const reason =
    why.kind === 'invalid-intent'
      ? `it is shared with intent ${why.intent}, which cannot be read: mend that one`
      : 'an object of that name is not ours: rename or delete it';
  return `${kind}/${name} is left as it is, since ${reason}`;
}

/** Says where the intent's grants count already, and what it would write if it enforced. */
function auditText(intent: Intent, { sidecars }: Share, audited: readonly DesiredSidecar[]): string {
  const own = audited.find(({ scope }) => scope.key === labelsKey(intent.selector));
  const granted = sidecars.map(({ name }) => name).join(', ');
  const closed =
    granted === ''
      ? ''
      : `; where another intent closes, its entries are granted already, in Sidecar ${granted}`;
  const would =
    own === undefined
      ? ''
      : `; mode Enforce would write Sidecar ${sidecarName(own.scope.selector, 1)}, which lists ${hostsOf(own)}`;
  return `Audit closes nothing${would}${closed}`;
}

const hostsOf = ({ spec }: DesiredSidecar): string => spec.egress.flatMap(({ hosts }) => hosts).join(', ');
