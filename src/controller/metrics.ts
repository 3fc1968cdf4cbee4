// The metrics of the controller, for Prometheus.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { LEASE_NAME } from './config.ts';
import { numberOfKeptObjects } from './kept-objects.ts';
import type { ReconcileReport } from './reconcile.ts';
import type { WatchedKind } from '../cluster/kinds.ts';
import type { Stores } from '../cluster/stores.ts';

export type Metrics = {
  /** The text that Prometheus scrapes. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
  readonly reconciled: (report: ReconcileReport, seconds: number) => void;
  /** Counts a reconcile that threw. */
  readonly bug: () => void;
  readonly watchError: (kind: WatchedKind, reason: string) => void;
};

/** What is read at each scrape, as are the sizes of the stores. */
type Readings = { readonly depth: () => number; readonly leads: () => boolean; readonly held: () => number };

export function createMetrics(stores: Stores, readings: Readings): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { runs, duration, writes, corrections, watchErrors } = counters([registry]);
  storeGauges([registry], stores);
  readingGauges([registry], readings);
  const labelOf = managerLabels();
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    reconciled: (report, seconds) => {
      runs.inc({ result: resultOfRun(report) });
      duration.observe(seconds);
      for (const write of writesOf(report)) writes.inc(write);
      for (const { kind, manager } of correctionsOf(report))
        corrections.inc({ kind, manager: labelOf(manager) });
    },
    bug: () => runs.inc({ result: 'bug' }),
    watchError: (kind, reason) => watchErrors.inc({ kind, reason }),
  };
}

const name = (suffix: string): string => `egress_intent_${suffix}`;

const counters = (registers: Registry[]) => ({
  runs: new Counter({
    name: name('reconciles_total'),
    help: 'Reconciles of a namespace, by result: settled, again (somebody else had changed an object), retry, paused (the CustomResourceDefinition of EgressIntent is absent or being deleted) or bug.',
    labelNames: ['result'],
    registers,
  }),
  duration: new Histogram({
    name: name('reconcile_duration_seconds'),
    help: 'Duration of one reconcile, writes included.',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  }),
  writes: new Counter({
    name: name('writes_total'),
    help: 'Writes by kind of object, by verb and by result: ok, skipped, or the kind of error.',
    labelNames: ['kind', 'verb', 'result'],
    registers,
  }),
  corrections: new Counter({
    name: name('corrections_total'),
    help: 'Corrections of objects that somebody else wrote to, by kind of object and field manager.',
    labelNames: ['kind', 'manager'],
    registers,
  }),
  watchErrors: new Counter({
    name: name('watch_errors_total'),
    help: 'Lists and watches that failed, by kind of object and kind of error.',
    labelNames: ['kind', 'reason'],
    registers,
  }),
});

function storeGauges(registers: Registry[], stores: Stores): void {
  void new Gauge({
    name: name('objects'),
    help: 'Objects in the stores, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, store] of Object.entries(stores)) this.set({ kind }, store.size());
    },
  });
  void new Gauge({
    name: name('unreadable_objects'),
    help: 'Objects whose newest version cannot be read, by kind. What was known of them counts.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, store] of Object.entries(stores)) this.set({ kind }, store.unreadable());
    },
  });
  void new Gauge({
    name: name('kept_objects'),
    help: 'Sidecars and ServiceEntries that stay because an intent that they were written for vanished with the CustomResourceDefinition.',
    registers,
    collect() {
      this.set(numberOfKeptObjects(stores));
    },
  });
}

function readingGauges(registers: Registry[], { depth, leads, held }: Readings): void {
  // The name and the label of client-go.
  void new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this replica leads: 1 or 0.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: LEASE_NAME }, leads() ? 1 : 0);
    },
  });
  void new Gauge({
    name: name('held_objects'),
    help: 'Sidecars and ServiceEntries that are not deleted or narrowed until somebody acknowledges that so many are.',
    registers,
    collect() {
      this.set(held());
    },
  });
  void new Gauge({
    name: name('queue_depth'),
    help: 'Namespaces that wait for a reconcile.',
    registers,
    collect() {
      this.set(depth());
    },
  });
}

const resultOfRun = ({ result, errors }: ReconcileReport): string =>
  errors.some(({ kind }) => kind === 'paused') ? 'paused' : result.kind;

const correctionsOf = ({ corrected }: ReconcileReport): readonly { kind: string; manager: string }[] =>
  [...corrected].flatMap(([id, managers]) =>
    managers.map((manager) => ({ kind: id.split('/')[0] ?? '', manager })),
  );

/** The first managers by their names, and all others as one: they are names that anybody chooses. */
function managerLabels(): (manager: string) => string {
  const named = new Set<string>();
  return (manager) => {
    if (named.size < MAX_MANAGERS) named.add(manager);
    return named.has(manager) ? manager : 'other';
  };
}

const MAX_MANAGERS = 50;

type Write = { readonly kind: string; readonly verb: string; readonly result: string };

function writesOf({ steps, statuses }: ReconcileReport): readonly Write[] {
  return [
    ...steps.map((stepResult): Write => {
      const { step } = stepResult;
      const kind = step.kind === 'apply' ? step.manifest.kind : step.target.kind;
      return { kind, verb: step.kind, result: resultLabel(stepResult) };
    }),
    ...statuses.map((status): Write => ({
      kind: 'EgressIntent',
      verb: 'status',
      result: resultLabel(status),
    })),
  ];
}

const resultLabel = ({
  result,
}: ReconcileReport['steps'][number] | ReconcileReport['statuses'][number]): string => {
  if (result.ok) return 'ok';
  return result.error === 'skipped' ? 'skipped' : result.error.kind;
};
