// Logs runs of a namespace: one line for each run that wrote or failed to write, at most MAX_LINES within a period, and a warning with the field managers
// that rewrite managed objects in a loop.
import type { Logger } from 'pino';
import type { ReconcileReport } from '../reconcile.ts';

/** So many lines of a namespace within the period, which begins with its first line; then one tells how many were left out. */
const MAX_LINES = 10;
const PERIOD_MS = 60_000;

type Period = { readonly began: number; lines: number; omitted: number };

/** Logs a run. `now` is the time in ms since 1970. */
export type RunLog = (namespace: string, report: ReconcileReport, now: number) => void;

export function createRunLog(log: Pick<Logger, 'info' | 'warn'>): RunLog {
  const periods = new Map<string, Period>();
  const fights = createFightLog(log);

  /** The number of runs that were left out before this one, or undefined to leave it out too. */
  function admit(namespace: string, now: number): number | undefined {
    const known = periods.get(namespace);
    const isOver = known === undefined || now - known.began >= PERIOD_MS;
    const period = isOver ? { began: now, lines: 0, omitted: 0 } : known;
    if (isOver) for (const [key, { began }] of periods) if (now - began >= PERIOD_MS) periods.delete(key);
    periods.set(namespace, period);
    if (period.lines >= MAX_LINES) {
      period.omitted += 1;
      return undefined;
    }
    period.lines += 1;
    return isOver ? (known?.omitted ?? 0) : 0;
  }

  return (namespace, report, now) => {
    fights(namespace, report, now);
    const { steps, statuses, errors, result } = report;
    if (steps.length === 0 && statuses.length === 0 && errors.length === 0) return;
    const runsNotLogged = admit(namespace, now);
    if (runsNotLogged === undefined) return;
    const written = steps.filter((each) => each.result.ok).map(({ step }) => `${step.kind} ${step.id}`);
    const omitted = runsNotLogged === 0 ? {} : { runsNotLogged };
    const fields = { namespace, written, statuses: statuses.length, ...omitted };
    // In a namespace that is being deleted that is what happens where its mark comes after the deletion of an object.
    if (errors.every(({ kind }) => kind === 'terminating')) log.info(fields, 'reconciled');
    else
      log.warn(
        { ...fields, errors: errors.map(({ message }) => message), result: result.kind },
        'reconciled in part',
      );
  };
}

/** Logs the field managers that rewrite managed objects in a loop, for each namespace once in a period. */
function createFightLog(log: Pick<Logger, 'warn'>): RunLog {
  const logged = new Map<string, number>();
  return (namespace, { fights }, now) => {
    if (fights.size === 0 || now - (logged.get(namespace) ?? 0) < PERIOD_MS) return;
    logged.set(namespace, now);
    const objects = [...fights].map(([id, managers]) => `${id} by ${managers.join(', ')}`);
    log.warn(
      { namespace, objects },
      'others rewrite objects again and again, and each is corrected: stop these field managers',
    );
  };
}
