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
import { listedHostText } from '../domain/istio/range-host.ts';
import { labelsKey } from '../domain/labels.ts';
import { sidecarName } from '../compile/object-names.ts';
import { once } from '../domain/once.ts';
import { objectId } from '../domain/kinds/manifest.ts';
import type { Compilation } from '../compile/compilation.ts';
import type { DesiredSidecar } from '../compile/desired.ts';
import type { Plan, Undeleted } from '../plan/steps.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { listText } from './list-text.ts';
import { pendingObjects, undeletedText, type Pending, type PlanOutcome } from './standing-sidecars.ts';

type Named = { readonly name: string };

/** The objects that an intent contributes to. */
export type IntentShare = {
  /** Most specific first. */
  readonly sidecars: readonly Named[];
  /** In order of name. */
  readonly serviceEntries: readonly Named[];
};

/** True if no entry is refused; warnings do not change the status. Whether the entries are in force is for other conditions to say. */
export function acceptedCondition(diagnostics: readonly Diagnostic[]): UndatedCondition<'Accepted'> {
  const type = 'Accepted';
  const refused = withSeverity(diagnostics, 'refused');
  if (refused.length > 0)
    return { type, status: 'False', reason: 'EntriesRefused', message: textOf(refused) };
  const warnings = withSeverity(diagnostics, 'warning');
  const notes = withSeverity(diagnostics, 'note');
  if (warnings.length > 0) {
    return { type, status: 'True', reason: 'Warnings', message: textOf([...warnings, ...notes]) };
  }
  const message = ['no entry is refused', ...(notes.length > 0 ? [textOf(notes)] : [])].join('; ');
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

/** The objects of a namespace after a run, each look-up in constant time. */
export type Standing = {
  /** Why objects are not as planned, by id. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** Gives the ids of the objects of ours that the API server holds. */
  readonly live: () => ReadonlySet<string>;
  /** What would be written for scopes that only audit, by `labelsKey` of their selector. */
  readonly audited: ReadonlyMap<string, DesiredSidecar>;
};

export const standingOf = (
  { sidecars, serviceEntries }: Pick<Snapshot, 'sidecars' | 'serviceEntries'>,
  { plan, outcome, compilation }: Run,
): Standing => ({
  pending: pendingObjects(plan, outcome),
  live: once(
    () =>
      new Set(
        [...sidecars, ...serviceEntries].flatMap(({ managed, kind, name }) =>
          managed ? [objectId(kind, name)] : [],
        ),
      ),
  ),
  audited: new Map(compilation.audited.map((sidecar) => [sidecar.scope.key, sidecar])),
});

type Run = {
  readonly plan: Pick<Plan, 'withheld'>;
  readonly outcome: PlanOutcome;
  readonly compilation: Pick<Compilation, 'audited'>;
};

/**
 * True if every object that the intent contributes to is as desired. In mode Audit these are the objects of other intents, and none that the intent had
 * before may still stand.
 */
export function programmedCondition(
  intent: Pick<Intent, 'mode' | 'selector'>,
  share: IntentShare,
  {
    pending: all,
    auditedOf,
    undeleted = [],
  }: Pick<Standing, 'pending'> & {
    readonly auditedOf: AuditedOf;
    /** Sidecars with grants of the intent that should be gone. */
    readonly undeleted?: readonly Undeleted[];
  },
): UndatedCondition<'Programmed'> {
  const type = 'Programmed';
  if (intent.mode === 'Audit' && undeleted.length > 0)
    return {
      type,
      status: 'False',
      reason: 'Withheld',
      message: listText(undeleted.map(undeletedText), '; '),
    };
  const pending = namesOf(share).flatMap(({ kind, name }) => all.get(objectId(kind, name)) ?? []);
  if (pending.length > 0) {
    const reasons = new Set(pending.map((one) => one.reason));
    const reason = WORST_FIRST.find((one) => reasons.has(one)) ?? 'Withheld';
    return {
      type,
      status: 'False',
      reason,
      message: listText(
        pending.map(({ text }) => text),
        '; ',
      ),
    };
  }
  if (intent.mode === 'Audit') {
    return { type, status: 'True', reason: 'Audited', message: auditText(intent, share, auditedOf) };
  }
  const message = 'every Sidecar and ServiceEntry of this intent is up to date';
  return { type, status: 'True', reason: 'Programmed', message };
}

/** Names whoever rewrites objects of the intent again and again; empty for nobody. No number, so that the status stays the same. */
export function rewrittenText(
  share: IntentShare,
  rewrittenBy: NonNullable<PlanOutcome['rewrittenBy']>,
): string {
  if (rewrittenBy.size === 0) return '';
  const named = namesOf(share).flatMap(({ kind, name }) => {
    const id = objectId(kind, name);
    const managers = rewrittenBy.get(id);
    return managers === undefined ? [] : [`${id} by ${listText(managers, ', ')}`];
  });
  if (named.length === 0) return '';
  return `; others rewrite objects again and again, so stop these field managers: ${listText(named, ', ')}`;
}

/** What waiting does not mend comes first. */
const WORST_FIRST = ['Refused', 'WriteFailed', 'Withheld'] as const;

/** Sidecars first, the most specific first; then ServiceEntries in order of name. */
const namesOf = ({ sidecars, serviceEntries }: IntentShare): readonly GeneratedResource[] => [
  ...sidecars.map(({ name }): GeneratedResource => ({ kind: 'Sidecar', name })),
  ...serviceEntries.map(({ name }): GeneratedResource => ({ kind: 'ServiceEntry', name })),
];

/** The objects of a share that exist after the run, in the order of a status. */
export const resourcesOf = (
  share: IntentShare,
  standing: Pick<Standing, 'pending' | 'live'>,
): readonly GeneratedResource[] =>
  namesOf(share).filter(
    (resource) => !standing.pending.has(objectId(resource.kind, resource.name)) || isLive(resource, standing),
  );

/** True for an object of ours that the API server holds. */
export const isLive = ({ kind, name }: GeneratedResource, { live }: Pick<Standing, 'live'>): boolean =>
  live().has(objectId(kind, name));

/** The diagnostics of one severity. */
export const withSeverity = (diagnostics: readonly Diagnostic[], severity: Severity): readonly Diagnostic[] =>
  diagnostics.filter((diagnostic) => severityOf(diagnostic) === severity);

/** The messages of the diagnostics, each after its path in the intent. */
export const textOf = (diagnostics: readonly Diagnostic[]): string =>
  listText(
    diagnostics.map((diagnostic) => `${pathText(diagnosticPath(diagnostic))}: ${messageOf(diagnostic)}`),
    '; ',
  );

/** Takes the `labelsKey` of a selector. */
type AuditedOf = (scope: string) => DesiredSidecar | undefined;

/** What mode Enforce would write, and where the entries are granted already. */
function auditText(
  { selector }: Pick<Intent, 'selector'>,
  { sidecars }: IntentShare,
  auditedOf: AuditedOf,
): string {
  const enforced = auditedOf(labelsKey(selector));
  const wouldWrite =
    enforced === undefined
      ? ''
      : `; mode Enforce would write Sidecar ${sidecarName(enforced.scope.selector, 1)}, which lists ${egressHostsOf(enforced)}`;
  const granting = listText(
    sidecars.map(({ name }) => name),
    ', ',
  );
  const granted =
    granting === ''
      ? ''
      : `; for pods that another intent restricts, these entries are already granted, in Sidecar ${granting}`;
  return `mode Audit restricts nothing${wouldWrite}${granted}`;
}

const egressHostsOf = ({ spec }: DesiredSidecar): string =>
  listText(
    spec.egress.flatMap(({ hosts }) => hosts.map(listedHostText)),
    ', ',
  );
