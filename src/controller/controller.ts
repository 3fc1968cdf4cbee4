// Wires the controller: watches wake namespaces, a queue runs their reconciles, and everything stops in order.
import type { Logger } from 'pino';
import PQueue from 'p-queue';
import { problemText } from '../domain/problem.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { createWriter } from '../kubernetes/writer.ts';
import type { Config } from './config.ts';
import { createDeletionLog } from './deletion-log.ts';
import { servedTogether, serveHealth, serveMetrics } from './endpoints.ts';
import { askDefinition } from './intent-definition.ts';
import { createKeptObjectsLog, type KeptObjectsLog } from './kept-objects.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createKeyedQueue, type KeyedQueue, type ReconcileResult } from './queue.ts';
import { reconcileNamespace, type ReconcileDeps, type ReconcileReport } from './reconcile.ts';
import { createLookupIndex, namespacesToReconcile } from './route.ts';
import { watchCluster, type Watches } from './watches.ts';
import { createClusterState, type ClusterState } from '../cluster/stores.ts';

export type Controller = {
  /** Resolves once every kind is listed and a first run of every namespace with work is queued. */
  readonly ready: Promise<void>;
  /** Waits for running reconciles, then resolves. Nothing is written after that. */
  readonly stop: () => Promise<void>;
};

type ControllerOptions = {
  readonly transport: Transport;
  readonly config: Config;
  readonly log: Logger;
};

/** At start every namespace with work is queued; a namespace that changes meanwhile goes first. */
const PRIORITY = { start: 0, change: 1 } as const;

// oxlint-disable-next-line max-lines-per-function -- the wiring of the loop, which is one list of parts
export async function startController({ transport, config, log }: ControllerOptions): Promise<Controller> {
  const cluster = createClusterState(config.istioNamespace);
  const lookupIndex = createLookupIndex();
  const write = {
    writer: createWriter(transport),
    slots: new PQueue({ concurrency: config.writeConcurrency }),
  };
  const deps = {
    cluster,
    lookupIndex,
    write,
    settings: config.settings,
    now: () => new Date(),
    whyNotInForce: askDefinition(transport),
    deletions: createDeletionLog(),
  };
  const logKept = createKeptObjectsLog(log);
  const queue = createKeyedQueue({
    concurrency: config.concurrency,
    run: (namespace) => runOnce(namespace, deps, metrics, { log, logKept }),
    onBug: (namespace, error) => {
      metrics.bug();
      log.error({ namespace, err: error }, 'reconcile threw, which is a bug; trying again');
    },
  });
  const metrics = createMetrics(cluster.stores, queue.depth);
  const readiness = { synced: false };
  // Before the watches: without its ports the process must end.
  const endpoints = await servedTogether([
    serveHealth(config.healthPort, () => readiness.synced),
    serveMetrics(config.metricsPort, metrics),
  ]);
  const watches = watchCluster(cluster.stores, {
    transport,
    istioNamespace: config.istioNamespace,
    onChange: (affected, change) => {
      if (!readiness.synced) return;
      for (const namespace of namespacesToReconcile(affected, lookupIndex.dependents)) {
        if (cluster.hasWork(namespace)) queue.add(namespace, { priority: PRIORITY.change, change });
      }
    },
    onWatchError: (kind, error) => {
      metrics.watchError(kind, error.kind);
      log.warn({ kind, reason: error.kind, error: error.message }, 'watch failed, trying again');
    },
    onUnreadable: (kind, { namespace, name }, problems) =>
      log.warn(
        { kind, namespace, name, problems: problems.map(problemText) },
        'object cannot be read, keeping what was known of it',
      ),
  });
  return {
    ready: start(watches, cluster, queue, readiness, log),
    stop: async () => {
      readiness.synced = false;
      await queue.drain();
      await watches.stop();
      await Promise.all(endpoints.map(({ close }) => close()));
      await transport.close();
    },
  };
}

/** No namespace runs before every kind is listed: an object that is not listed yet must not count as absent. */
async function start(
  watches: Watches,
  cluster: ClusterState,
  queue: KeyedQueue,
  readiness: { synced: boolean },
  log: Logger,
): Promise<void> {
  await watches.synced;
  readiness.synced = true;
  for (const namespace of cluster.namespacesWithWork()) queue.add(namespace, { priority: PRIORITY.start });
  const { EgressIntent, Pod, Service } = cluster.stores;
  log.info(
    { intents: EgressIntent.size(), pods: Pod.size(), services: Service.size() },
    'every kind is listed',
  );
}

async function runOnce(
  namespace: string,
  deps: ReconcileDeps,
  metrics: Metrics,
  { log, logKept }: { readonly log: Logger; readonly logKept: KeptObjectsLog },
): Promise<ReconcileResult> {
  const started = performance.now();
  const report = await reconcileNamespace(namespace, deps);
  metrics.reconciled(report, (performance.now() - started) / 1000);
  logReport(log, namespace, report);
  logKept(namespace, report.kept);
  return report.result;
}

/** Logs one line for each run that wrote something, or tried to. */
function logReport(
  log: Logger,
  namespace: string,
  { steps, statuses, errors, result }: ReconcileReport,
): void {
  if (steps.length === 0 && statuses.length === 0 && errors.length === 0) return;
  const written = steps.filter((each) => each.result.ok).map(({ step }) => `${step.kind} ${step.id}`);
  const fields = { namespace, written, statuses: statuses.length };
  if (errors.length === 0) log.info(fields, 'reconciled');
  else
    log.warn(
      { ...fields, errors: errors.map(({ message }) => message), result: result.kind },
      'reconciled in part',
    );
}
