// One run of a namespace, and everybody who is told of it: metrics, log and Events. None of them holds it up.
import type { Logger } from 'pino';
import type { Stores } from '../cluster/stores.ts';
import { GENERATED_KINDS } from '../domain/kinds/manifest.ts';
import { createFightNews, transitions } from './events/occurrences.ts';
import type { EventRecorder } from './events/recorder.ts';
import { createKeptObjectsLog } from './kept-objects.ts';
import type { Metrics } from './metrics/metrics.ts';
import { reconcileNamespace, type ReconcileDeps, type ReconcileReport } from './reconcile.ts';
import { createRunLog } from './writes/run-log.ts';

type Told = { readonly metrics: () => Metrics; readonly log: Logger; readonly events: EventRecorder };

export function createRun(
  deps: ReconcileDeps,
  { metrics, log, events }: Told,
): (namespace: string) => Promise<ReconcileReport> {
  const logRun = createRunLog(log);
  const logKept = createKeptObjectsLog(log);
  const fightNews = createFightNews();
  return async (namespace) => {
    const started = performance.now();
    const report = await reconcileNamespace(namespace, deps);
    const seconds = (performance.now() - started) / 1000;
    metrics().reconciled(report, seconds);
    log.debug({ namespace, seconds, result: report.result.kind, writes: report.steps.length }, 'run');
    logRun(namespace, report, Date.now());
    logKept(namespace, report.kept);
    const objectOf = (id: string) => generatedObject(deps.cluster.stores, namespace, id);
    const occurrences = [...transitions(report), ...fightNews(namespace, report.fights, objectOf)];
    if (!deps.auditOnly) events.tell(occurrences); // mode audit promises to write only statuses
    return report;
  };
}

/** By an id as `objectId` makes it. */
function generatedObject(stores: Stores, namespace: string, id: string) {
  const kind = GENERATED_KINDS.find((each) => id.startsWith(`${each}/`));
  return kind === undefined ? undefined : stores[kind].get(namespace, id.slice(kind.length + 1));
}
