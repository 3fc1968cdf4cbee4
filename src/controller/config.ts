// Settings of the controller process; those of the compiler are in domain/settings.ts.
import type { Settings } from '../domain/settings.ts';
import type { LeaderElection } from './leader/leadership.ts';

export type Config = {
  readonly settings: Settings;
  /** Where istiod and its MeshConfig are. */
  readonly istioNamespace: string;
  /** Namespaces that are reconciled at the same time. */
  readonly concurrency: number;
  /** Writes in flight at the same time, over all namespaces. */
  readonly writeConcurrency: number;
  /** In mode `audit` nothing but statuses is written. */
  readonly mode: (typeof MODES)[number];
  /** How many of 100 managed objects may be deleted or narrowed within 10 minutes. */
  readonly removalLimit: number;
  /** Port of `/healthz` and `/readyz`; 0 picks a free one. */
  readonly healthPort: number;
  /** Port of `/metrics`; 0 picks a free one. */
  readonly metricsPort: number;
  /** Port of `/debug/flags/log-level`, on the loopback interface only; 0 picks a free one. */
  readonly debugPort: number;
  /** Absent: this is the only replica. */
  readonly leaderElection?: LeaderElection;
};

export const MODES = ['enforce', 'audit'] as const;

/** The most talkative first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The Lease of the leader. */
export const LEASE_NAME = 'egress-intent';

/** Runs mostly wait for their writes, of which each namespace has its share; so a few that write much do not keep others from starting. The default priority level of the API server gives one client about `writeConcurrency` seats. */
export const DEFAULTS = {
  concurrency: 64,
  writeConcurrency: 16,
  mode: 'enforce',
  removalLimit: 30,
  healthPort: 8081,
  metricsPort: 8080,
  debugPort: 8082,
  logLevel: 'info',
} as const;
