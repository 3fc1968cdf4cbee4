// The metrics of the controller, for Prometheus: what runs report is counted, everything else is read at each scrape.
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { WatchedKind } from '../../cluster/kinds.ts';
import type { Answered } from '../../kubernetes/transport.ts';
import type { EventResult } from '../events/recorder.ts';
import type { ReconcileReport } from '../reconcile.ts';
import { counterOf, histogramOf, type LabelsOf } from './from-rows.ts';
import { addGauges, QUEUE, type Sources } from './gauges.ts';
import { requestLabels } from './request-labels.ts';
import { OTHER } from './rows.ts';

export type Metrics = {
  /** The text that Prometheus scrapes. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
  readonly reconciled: (report: ReconcileReport, seconds: number) => void;
  /** Takes how long a namespace waited for its run. */
  readonly begun: (waitedMs: number) => void;
  /** Counts a reconcile that threw. */
  readonly bug: () => void;
  readonly watchError: (kind: WatchedKind, reason: string) => void;
  readonly answered: (request: Answered) => void;
  readonly event: (result: EventResult) => void;
};

export function createMetrics(sources: Sources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addGauges(registry, sources);
  const watchErrors = counterOf('egress_intent_watch_errors_total', registry);
  const events = counterOf('egress_intent_events_total', registry);
  const waited = histogramOf('workqueue_queue_duration_seconds', registry);
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    ...runMetrics(registry),
    begun: (waitedMs) => waited(QUEUE, waitedMs / 1000),
    watchError: (kind, reason) => watchErrors({ kind, reason }),
    answered: requestMetrics(registry),
    event: (result) => events({ result }),
  };
}

function runMetrics(registry: Registry): Pick<Metrics, 'reconciled' | 'bug'> {
  const runs = counterOf('egress_intent_reconciles_total', registry);
  const duration = histogramOf('egress_intent_reconcile_duration_seconds', registry);
  const writes = counterOf('egress_intent_writes_total', registry);
  const corrections = counterOf('egress_intent_corrections_total', registry);
  const labelOf = managerLabels();
  return {
    reconciled: (report, seconds) => {
      runs({ result: resultOfRun(report) });
      duration({}, seconds);
      for (const write of writesOf(report)) writes(write);
      for (const { kind, manager } of correctionsOf(report)) corrections({ kind, manager: labelOf(manager) });
    },
    bug: () => runs({ result: 'bug' }),
  };
}

function requestMetrics(registry: Registry): Metrics['answered'] {
  const requests = counterOf('rest_client_requests_total', registry);
  const duration = histogramOf('rest_client_request_duration_seconds', registry);
  return ({ code = '<error>', seconds, ...request }) => {
    const labels = requestLabels(request);
    requests({ ...labels, method: request.method, code: String(code) });
    duration(labels, seconds);
  };
}

const resultOfRun = ({ result, errors }: ReconcileReport): string =>
  errors.some(({ kind }) => kind === 'paused') ? 'paused' : result.kind;

const correctionsOf = ({
  corrected,
}: ReconcileReport): readonly LabelsOf<'egress_intent_corrections_total'>[] =>
  [...corrected].flatMap(([id, managers]) =>
    managers.map((manager) => ({ kind: id.split('/')[0] ?? '', manager })),
  );

/** The first managers by their names, and all others as one: they are names that anybody chooses. */
function managerLabels(): (manager: string) => string {
  const named = new Set<string>();
  return (manager) => {
    if (named.size < MAX_MANAGERS) named.add(manager);
    return named.has(manager) ? manager : OTHER;
  };
}

const MAX_MANAGERS = 50;

function writesOf({ steps, statuses }: ReconcileReport): readonly LabelsOf<'egress_intent_writes_total'>[] {
  return [
    ...steps.map((stepResult) => {
      const { step } = stepResult;
      const kind = step.kind === 'apply' ? step.manifest.kind : step.target.kind;
      return { kind, verb: step.kind, result: resultLabel(stepResult) };
    }),
    ...statuses.map((status) => ({ kind: 'EgressIntent', verb: 'status', result: resultLabel(status) })),
  ];
}

const resultLabel = ({
  result,
}: ReconcileReport['steps'][number] | ReconcileReport['statuses'][number]): string => {
  if (result.ok) return 'ok';
  return result.error === 'skipped' ? 'skipped' : result.error.kind;
};
