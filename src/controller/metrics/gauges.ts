// What is read at each scrape: the stores, the queue, and what the parts of the controller know of themselves.
import type { Registry } from 'prom-client';
import { WATCHED_KINDS } from '../../cluster/kinds.ts';
import type { ClusterState } from '../../cluster/stores.ts';
import type { Store } from '../../cluster/store.ts';
import { POD_STATES, type PodStates } from '../../status/pod-states.ts';
import { LEASE_NAME } from '../config.ts';
import { numberOfKeptObjects } from '../kept-objects.ts';
import type { QueueReadings } from '../queue/queue.ts';
import type { Contact } from '../readiness.ts';
import { gaugeOf, type Sample } from './from-rows.ts';
import { intentSamples } from './intent-samples.ts';

/** Where the values of a scrape come from. */
export type Sources = {
  readonly cluster: Pick<ClusterState, 'stores'>;
  readonly podStates: () => PodStates;
  readonly queue: () => QueueReadings;
  /** Writes that wait for their turn. */
  readonly writeBacklog: () => number;
  readonly leads: () => boolean;
  /** Objects that the brake on deletions holds. */
  readonly held: () => number;
  /** Objects that others rewrite again and again. */
  readonly fights: () => number;
  readonly contacts: () => readonly Contact[];
  readonly auditOnly: boolean;
  /** Of the program. */
  readonly version: string;
};

/** The name of the queue of namespaces. */
export const QUEUE = { name: 'egress-intent' } as const;

export function addGauges(registry: Registry, sources: Sources): void {
  addQueueGauges(registry, sources);
  addStoreGauges(registry, sources);
  addClusterGauges(registry, sources);
  gaugeOf('leader_election_master_status', registry, () => [[{ name: LEASE_NAME }, Number(sources.leads())]]);
  gaugeOf('egress_intent_audit_mode', registry, () => [[{}, Number(sources.auditOnly)]]);
  gaugeOf('egress_intent_build_info', registry, () => [[{ version: sources.version }, 1]]);
}

function addQueueGauges(registry: Registry, { queue, writeBacklog }: Sources): void {
  gaugeOf('workqueue_depth', registry, () => [[QUEUE, queue().waiting]]);
  gaugeOf('workqueue_longest_running_processor_seconds', registry, () => [
    [QUEUE, queue().longestRunMs / 1000],
  ]);
  gaugeOf('egress_intent_queue_oldest_wait_seconds', registry, () => [[{}, queue().oldestWaitMs / 1000]]);
  gaugeOf('egress_intent_namespaces_in_retry', registry, () => [[{}, queue().retrying]]);
  gaugeOf('egress_intent_write_backlog', registry, () => [[{}, writeBacklog()]]);
}

function addStoreGauges(registry: Registry, { cluster: { stores }, contacts }: Sources): void {
  const ofEach = (read: (store: Pick<Store<unknown>, 'size' | 'unreadable'>) => number) =>
    WATCHED_KINDS.map((kind) => [{ kind }, read(stores[kind])] as const);
  gaugeOf('egress_intent_objects', registry, () => ofEach((store) => store.size()));
  gaugeOf('egress_intent_unreadable_objects', registry, () => ofEach((store) => store.unreadable()));
  gaugeOf('egress_intent_last_contact_timestamp_seconds', registry, () =>
    contacts().flatMap(
      ({ kind, needed, silentMs }): readonly Sample<'egress_intent_last_contact_timestamp_seconds'>[] =>
        needed ? [[{ kind }, (Date.now() - silentMs) / 1000]] : [],
    ),
  );
}

function addClusterGauges(
  registry: Registry,
  { cluster: { stores }, podStates, held, fights }: Sources,
): void {
  gaugeOf('egress_intent_intents', registry, () => intentSamples(stores.EgressIntent));
  gaugeOf('egress_intent_pods', registry, () => {
    const states = podStates();
    return POD_STATES.map((state) => [{ state }, states[state]]);
  });
  gaugeOf('egress_intent_held_objects', registry, () => [[{}, held()]]);
  gaugeOf('egress_intent_write_fights', registry, () => [[{}, fights()]]);
  gaugeOf('egress_intent_paused', registry, () =>
    (['Namespace', 'EgressIntent'] as const).map((kind) => [{ kind }, paused(stores[kind])]),
  );
  gaugeOf('egress_intent_kept_objects', registry, () => [[{}, numberOfKeptObjects(stores)]]);
}

const paused = (store: Pick<Store<{ readonly isPaused?: true }>, 'namespaces' | 'inNamespace'>): number =>
  store
    .namespaces()
    .flatMap(store.inNamespace)
    .filter(({ isPaused }) => isPaused === true).length;
