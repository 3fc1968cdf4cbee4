// Every metric of the controller, with its documentation: one row makes the metric, its line in docs/metrics.md and what the alert rules may name.
// A metric that means what one of controller-runtime or client-go means has the name and the labels of that one.
import { REASONS } from '../../domain/egress-intent/condition-reasons.ts';

export type MetricRow = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it says, in one sentence, with every value of its labels. */
  readonly help: string;
  /** None holds a namespace, or the name of an object: whoever may create objects could make any number of series of it. */
  readonly labels: readonly string[];
  /** Of a histogram. */
  readonly buckets?: readonly number[];
};

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

export const METRICS = {
  egress_intent_reconciles_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Runs of a namespace, by result: settled, again (somebody else had changed an object), retry, paused (the CustomResourceDefinition of EgressIntent is absent or being deleted) or bug.',
  },
  egress_intent_reconcile_duration_seconds: {
    type: 'histogram',
    labels: [],
    buckets: SECONDS,
    help: 'Duration of one run, writes included.',
  },
  workqueue_depth: {
    type: 'gauge',
    labels: ['name'],
    help: 'Namespaces that wait for a run, without those that wait for a delay.',
  },
  workqueue_queue_duration_seconds: {
    type: 'histogram',
    labels: ['name'],
    buckets: SECONDS,
    help: 'How long a namespace waited before its run began, without a delay after a failure.',
  },
  workqueue_longest_running_processor_seconds: {
    type: 'gauge',
    labels: ['name'],
    help: 'How long the run that began first has been running; 0 without a run.',
  },
  egress_intent_queue_oldest_wait_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How long the namespace that has waited the longest for its run has been waiting; 0 without one.',
  },
  egress_intent_namespaces_in_retry: {
    type: 'gauge',
    labels: [],
    help: 'Namespaces whose last run failed, or did not come to its end, and that run again after a delay.',
  },
  egress_intent_writes_total: {
    type: 'counter',
    labels: ['kind', 'verb', 'result'],
    help: 'Writes by kind of object, by verb (apply, delete, status) and by result: ok, skipped, or the kind of error.',
  },
  egress_intent_write_backlog: {
    type: 'gauge',
    labels: [],
    help: 'Writes that wait for their turn, because as many as --write-concurrency are under way.',
  },
  egress_intent_corrections_total: {
    type: 'counter',
    labels: ['kind', 'manager'],
    help: 'Corrections of objects that somebody else wrote to, by kind of object and field manager; the first 50 managers have their name, all others are `other`.',
  },
  egress_intent_write_fights: {
    type: 'gauge',
    labels: [],
    help: 'Objects that others rewrite again and again.',
  },
  egress_intent_intents: {
    type: 'gauge',
    labels: ['condition', 'status', 'reason'],
    help: 'Intents by what their status says, for each of its conditions; a reason that this version does not know is `other`.',
  },
  egress_intent_pods: {
    type: 'gauge',
    labels: ['state'],
    help: 'Pods that an intent in mode Enforce selects, by state: restricted (a Sidecar of ours governs them), bypassed (no proxy that obeys a Sidecar sees all of their calls), shadowed (a foreign Sidecar governs them) or unrestricted (none does, or istiod ignores the namespace).',
  },
  egress_intent_held_objects: {
    type: 'gauge',
    labels: [],
    help: 'Sidecars and ServiceEntries whose deletion or narrowing waits for an acknowledgement, since too many objects had one lately.',
  },
  egress_intent_paused: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Namespaces and EgressIntents that are paused, by kind. Every paused Namespace of the cluster counts.',
  },
  egress_intent_audit_mode: {
    type: 'gauge',
    labels: [],
    help: 'Whether this replica runs with --mode=audit, which writes only statuses: 1 or 0.',
  },
  egress_intent_kept_objects: {
    type: 'gauge',
    labels: [],
    help: 'Sidecars and ServiceEntries that stay because an intent that they were written for vanished with the CustomResourceDefinition.',
  },
  egress_intent_objects: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Objects in the stores, by kind.',
  },
  egress_intent_unreadable_objects: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Objects whose newest version cannot be read, by kind. What was known of them counts.',
  },
  egress_intent_last_contact_timestamp_seconds: {
    type: 'gauge',
    labels: ['kind'],
    help: 'When the API server last answered or sent something of a kind; absent for an optional kind that the cluster lacks.',
  },
  egress_intent_watch_errors_total: {
    type: 'counter',
    labels: ['kind', 'reason'],
    help: 'Lists and watches that failed, by kind of object and kind of error.',
  },
  rest_client_requests_total: {
    type: 'counter',
    labels: ['code', 'method', 'verb', 'kind'],
    help: 'Requests to the API server, by status code (`<error>` without an answer), HTTP method, verb as in a role, and kind of object.',
  },
  rest_client_request_duration_seconds: {
    type: 'histogram',
    labels: ['verb', 'kind'],
    buckets: SECONDS,
    help: 'How long the API server took to begin its answer, by verb as in a role, and kind of object; for a watch, until it is open.',
  },
  egress_intent_events_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Kubernetes Events by result: ok, dropped because too many of a namespace waited, or the kind of error.',
  },
  leader_election_master_status: {
    type: 'gauge',
    labels: ['name'],
    help: 'Whether this replica leads: 1 or 0. It is 1 without --leader-elect.',
  },
  egress_intent_build_info: {
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1, with the version of the program.',
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof METRICS;

/** The value of a label for what is not among the values that it can have. */
export const OTHER = 'other';

/** Every condition, status and reason that a status of this version can have. */
export const CONDITION_SERIES = Object.entries(REASONS).flatMap(([condition, reasons]) =>
  Object.entries(reasons).map(([reason, { status }]) => ({ condition, status, reason })),
);
