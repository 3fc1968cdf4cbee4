// What the statuses of the intents would say beyond the diagnostics: about the pods, and about objects that are not written.
import { KIND } from '../domain/api-group.ts';
import type { Compilation } from '../compile/compilation.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Condition } from '../domain/egress-intent/status.ts';
import { planWrites } from '../plan/plan.ts';
import { statusesFor } from '../status/status.ts';
import type { Finding } from './findings.ts';

/** A finding without its place, and the intent that it is about. */
export type StatusFinding = Omit<Finding, 'position'> & { readonly intent: string };

/** The intents as new ones, without the status that they have in the cluster: so every condition is judged, and none is left out as unchanged. */
export const withoutStatuses = <T extends Pick<Snapshot, 'intents' | 'invalid'>>(snapshot: T): T => ({
  ...snapshot,
  intents: snapshot.intents.map((intent) => ({ ...intent, conditions: [], status: undefined })),
  invalid: snapshot.invalid.map((intent) => ({ ...intent, conditions: [], status: undefined })),
});

/**
 * One for each condition of `Programmed` and `Effective` that is not True, with its reason as code, as if every write succeeded. `snapshot` is
 * the one that was compiled, `withoutStatuses`.
 */
export function statusFindings(snapshot: Snapshot, compilation: Compilation): readonly StatusFinding[] {
  const plan = planWrites(compilation, snapshot);
  const outcome = { failures: new Map<string, string>() };
  return statusesFor(snapshot, { compilation, plan, outcome, now: new Date(0) }).flatMap(
    ({ intent, status }) =>
      (status.conditions ?? [])
        .filter(isFinding)
        .map(({ status: state, reason, message }): StatusFinding => ({
          intent: intent.name,
          severity: state === 'False' ? 'warning' : 'note',
          code: reason,
          message: `${KIND} ${intent.namespace}/${intent.name}: ${message}`,
        })),
  );
}

const TYPES: ReadonlySet<string> = new Set(['Programmed', 'Effective']);

/** Their text is that of diagnostics, which are findings themselves. */
const FROM_DIAGNOSTICS: ReadonlySet<string> = new Set(['Overridden', 'Invalid']);

const isFinding = ({ type, status, reason }: Condition): boolean =>
  TYPES.has(type) && status !== 'True' && !FROM_DIAGNOSTICS.has(reason);
