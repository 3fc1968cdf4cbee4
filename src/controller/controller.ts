// Wires the controller: watches wake namespaces, a queue runs their reconciles, and everything stops in order.
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { ACKNOWLEDGED } from '../domain/egress-intent/brake-annotations.ts';
import { problemText } from '../domain/problem.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { eventClient } from '../kubernetes/event-client.ts';
import { createWriter } from '../kubernetes/writer.ts';
import type { Config } from './config.ts';
import { createDeletionLog } from './deletion-log.ts';
import { createEventLog } from './events/event-log.ts';
import { createEventRecorder } from './events/recorder.ts';
import { askDefinition } from './intent-definition.ts';
import { clusterRemovalBrake } from './brakes/removal-brake.ts';
import { electedReplica, onlyReplica, type Leadership } from './leader/leadership.ts';
import { createRecentChanges, type RecentChanges } from './leader/recent-changes.ts';
import { createClusterPodStates } from './metrics/cluster-pod-states.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createLastCall } from './writes/last-call.ts';
import { openPorts } from './ports/ports.ts';
import { createKeyedQueue, type KeyedQueue } from './queue/queue.ts';
import { whyNotReady, type Contact } from './readiness.ts';
import { createRun } from './run.ts';
import { createLookupIndex, namespacesToReconcile } from './route.ts';
import { createTurns } from './queue/turns.ts';
import { createUnseenWrites } from './writes/unseen-writes.ts';
import { createWriteFights, FIGHT_WINDOW_MS } from './writes/write-fights.ts';
import { createWriteSlots } from './writes/write-slots.ts';
import { createWatchLog } from './watch-log.ts';
import { watchCluster, type Watches } from './watches.ts';
import { createMemos } from '../cluster/memo/memos.ts';
import { createClusterState, type ClusterState } from '../cluster/stores.ts';

export type Controller = {
  /** Resolves once every kind is listed. */
  readonly ready: Promise<void>;
  /** Resolves once this replica leads and a first run of every namespace with work is queued. */
  readonly leading: Promise<void>;
  /** Waits for running reconciles, or with leader election only for their writes under way, then resolves. Nothing is written after that. */
  readonly stop: () => Promise<void>;
};

type ControllerOptions = {
  readonly transport: Transport;
  readonly config: Config;
  readonly log: Logger;
  /** Of the program, for the metrics. */
  readonly version: string;
  /** The Lease of the leader is lost: the process must end. */
  readonly onLost: (why: string) => void;
};

/** At start every namespace with work is queued; a namespace that changes meanwhile goes first. */
const PRIORITY = { start: 0, change: 1 } as const;

const HELD =
  'too many objects were deleted or narrowed within 10 minutes, so further ones wait: find out what caused them and, if they are meant, set the annotation of the Namespace of istiod to this time';

// oxlint-disable-next-line max-lines-per-function -- the wiring of the loop, which is one list of parts
export async function startController({
  transport,
  config,
  log,
  version,
  onLost,
}: ControllerOptions): Promise<Controller> {
  const cluster = createClusterState(config.istioNamespace);
  const lookupIndex = createLookupIndex();
  const leadership =
    config.leaderElection === undefined
      ? onlyReplica(transport)
      : electedReplica(config.leaderElection, { transport, log, onLost });
  const write = {
    writer: createWriter(leadership.transport),
    slots: createWriteSlots(config.writeConcurrency),
  };
  const deps = {
    cluster,
    lookupIndex,
    write,
    settings: config.settings,
    memos: createMemos(),
    nextTurn: createTurns(),
    now: () => new Date(),
    whyNotInForce: askDefinition(transport),
    deletions: createDeletionLog(),
    fights: createWriteFights(),
    unseen: createUnseenWrites(transport, cluster.stores),
    auditOnly: config.mode === 'audit',
    removals: clusterRemovalBrake(cluster.stores, {
      percent: config.removalLimit,
      istioNamespace: config.istioNamespace,
      onHold: (since) => log.error({ since, annotation: ACKNOWLEDGED }, HELD),
      onAcknowledged: () => {
        if (leadership.leads()) for (const namespace of cluster.namespacesWithWork()) queue.add(namespace);
      },
    }),
  };
  const logEventError = createEventLog(log);
  const events = createEventRecorder({
    client: eventClient(leadership.transport, config.leaderElection?.identity ?? hostname()),
    onResult: (result, error) => {
      metrics.event(result);
      if (error !== undefined) logEventError(error);
    },
  });
  const run = createRun(deps, { metrics: () => metrics, log, events });
  const queue = createKeyedQueue({
    concurrency: config.concurrency,
    nextTurn: deps.nextTurn,
    run: async (namespace) => {
      const report = await run(namespace);
      // So that the status does not name a fight that is over.
      if (report.fights.size > 0) afterFight.later(namespace, () => queue.add(namespace));
      return report.result;
    },
    onBegin: (waitedMs) => metrics.begun(waitedMs),
    onBug: (namespace, error) => {
      metrics.bug();
      log.error({ namespace, err: error }, 'reconcile threw, which is a bug; trying again');
    },
  });
  const afterFight = createLastCall(FIGHT_WINDOW_MS + 1_000);
  const readiness = {
    synced: false,
    why: (): readonly string[] => ['starting'],
    contacts: (): readonly Contact[] => [],
  };
  const metrics = createMetrics({
    cluster,
    podStates: createClusterPodStates(cluster),
    queue: queue.readings,
    writeBacklog: write.slots.waiting,
    leads: leadership.leads,
    held: deps.removals.held,
    fights: () => deps.fights.number(new Date()),
    contacts: () => readiness.contacts(),
    auditOnly: deps.auditOnly,
    version,
  });
  transport.subscribe((request) => {
    metrics.answered(request);
    log.debug(request, 'request');
  });
  // Without its ports the process must end, so they are opened before the watches.
  const recent = createRecentChanges();
  const logWatch = createWatchLog(log);
  const ports = await openPorts({ config, whyNotReady: () => readiness.why(), metrics, log });
  const watches = watchCluster(cluster.stores, {
    transport,
    istioNamespace: config.istioNamespace,
    isListening: () => readiness.synced,
    onChange: (affected, change) => {
      const namespaces = namespacesToReconcile(affected, lookupIndex.dependents);
      if (!leadership.leads()) return recent.note(namespaces);
      for (const namespace of namespaces) {
        if (cluster.hasWork(namespace)) queue.add(namespace, { priority: PRIORITY.change, change });
      }
    },
    onWatchError: (kind, error) => {
      metrics.watchError(kind, error.kind);
      logWatch(kind, error, Date.now());
    },
    onUnreadable: (kind, { namespace, name }, problems) =>
      log.warn(
        { kind, namespace, name, problems: problems.map(problemText) },
        'object cannot be read, keeping what was known of it',
      ),
  });
  readiness.contacts = watches.contacts;
  readiness.why = () => whyNotReady(watches.contacts());
  const ready = listed(watches, cluster, readiness, log);
  return {
    ready,
    leading: ready.then(() => lead(leadership, cluster, queue, recent)),
    stop: async () => {
      readiness.synced = false;
      readiness.why = () => ['stopping'];
      leadership.close();
      afterFight.stop();
      await queue.drain();
      events.stop();
      await leadership.release();
      await watches.stop();
      await ports.close();
      await transport.close();
    },
  };
}

async function listed(
  watches: Watches,
  { stores }: ClusterState,
  readiness: { synced: boolean },
  log: Logger,
): Promise<void> {
  await watches.synced;
  readiness.synced = true;
  log.info(
    { intents: stores.EgressIntent.size(), pods: stores.Pod.size(), services: stores.Service.size() },
    'every kind is listed',
  );
}

/** No namespace runs before every kind is listed: an object that is not listed yet must not count as absent. */
async function lead(
  leadership: Leadership,
  cluster: ClusterState,
  queue: KeyedQueue,
  recent: RecentChanges,
): Promise<void> {
  await leadership.campaign();
  for (const namespace of recent.latestFirst())
    if (cluster.hasWork(namespace)) queue.add(namespace, { priority: PRIORITY.change });
  for (const namespace of cluster.namespacesWithWork()) queue.add(namespace, { priority: PRIORITY.start });
}
