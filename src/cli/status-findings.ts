// What the statuses of the intents would say beyond the diagnostics: about the pods, and about objects that are not written.
import type { Compilation } from '../compile/compilation.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { UndatedCondition } from '../domain/egress-intent/status.ts';
import { withRanges } from '../domain/istio/range-host.ts';
import { planWrites } from '../plan/plan.ts';
import { conditionsOf } from '../status/status.ts';
import type { Finding } from './findings.ts';

/** A finding about an intent, without its place. */
export type StatusFinding = Omit<Finding, 'position' | 'object' | 'path'> & { readonly intent: string };

/**
 * One for each cause by which `Programmed` or `Effective` is False, and where the input is the whole cluster also one for each that is Unknown, as if
 * every write succeeded. `snapshot` is the one that was compiled.
 */
export function statusFindings(
  snapshot: Snapshot,
  compilation: Compilation,
  input: 'default' | 'complete',
): readonly StatusFinding[] {
  const plan = planWrites(compilation, snapshot);
  const outcome = { failures: new Map<string, string>() };
  return conditionsOf(snapshot, { compilation, plan, outcome }).flatMap(({ intent, conditions }) =>
    conditions
      .filter(({ type, status }) => TYPES.has(type) && (status === 'False' || input === 'complete'))
      .flatMap(causesOf)
      .map(({ severity, reason, text }): StatusFinding => ({
        intent: intent.name,
        severity,
        code: reason,
        message: withRanges(text),
      })),
  );
}

const TYPES: ReadonlySet<string> = new Set(['Programmed', 'Effective']);

/** Their text is that of diagnostics, which are findings themselves. */
const FROM_DIAGNOSTICS: ReadonlySet<string> = new Set(['Overridden', 'Invalid']);

type CauseFinding = Pick<Finding, 'severity'> & { readonly reason: string; readonly text: string };

function causesOf({ status, reason, message, causes }: UndatedCondition): readonly CauseFinding[] {
  if (status === 'True') return [];
  const severity = status === 'False' ? 'warning' : 'note';
  const found: readonly Omit<CauseFinding, 'severity'>[] = causes ?? [{ reason, text: message }];
  return found
    .filter((cause) => !FROM_DIAGNOSTICS.has(cause.reason))
    .map(({ reason: code, text }) => ({ severity, reason: code, text }));
}
