// The controller as a process: logs to standard output, stops in order on a signal, and exits at once on an uncaught error.
import { hostname } from 'node:os';
import { connect, type Transport } from '../kubernetes/transport.ts';
import { LEASE_NAME, type Config, type LogLevel } from './config.ts';
import { startController } from './controller.ts';
import { createLog } from './log.ts';

type ProcessOptions = {
  readonly config: Omit<Config, 'leaderElection'>;
  /** Whether only one of several replicas writes. */
  readonly leaderElect: boolean;
  /** Where the Lease is. Absent: in the namespace of the pod. */
  readonly leaderElectionNamespace?: string;
  readonly logLevel: LogLevel;
  /** Of the program. */
  readonly version: string;
  /** Path of a kubeconfig. Absent: the places where kubectl looks, and then the pod's service account. */
  readonly kubeconfig?: string;
};

/** Longest wait for running reconciles, in ms. Kubernetes kills the pod after 30 s. */
const DRAIN_MS = 20_000;

/** Runs until SIGTERM or SIGINT; a second signal exits at once. */
export async function runController({
  config,
  logLevel,
  version,
  kubeconfig,
  ...options
}: ProcessOptions): Promise<void> {
  const log = createLog(logLevel);
  // A process in an unknown state must not write; Kubernetes starts a new one.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error, which is a bug; exiting');
    process.exit(1);
  });
  const userAgent = `egress-intent/${version}`;
  const transport = connect({
    userAgent,
    ...(kubeconfig === undefined ? {} : { load: (kube) => kube.loadFromFile(kubeconfig) }),
  });
  const controller = await startController({
    transport,
    config: { ...config, ...leaderElectionOf(options, transport) },
    log,
    version,
    // Whatever is on its way may be written twice, which its version prevents; nothing else may be written.
    onLost: (why) => {
      log.fatal({ why }, 'the Lease of the leader is lost; exiting');
      process.exit(1);
    },
  });
  log.info({ userAgent }, 'started');
  const signal = await stopSignal();
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(1), DRAIN_MS).unref();
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  await controller.stop();
  log.info('stopped');
}

/** Throws where it is not known in which namespace the Lease belongs. */
function leaderElectionOf(
  { leaderElect, leaderElectionNamespace }: Pick<ProcessOptions, 'leaderElect' | 'leaderElectionNamespace'>,
  transport: Transport,
): Pick<Config, 'leaderElection'> {
  if (!leaderElect) return {};
  const namespace = leaderElectionNamespace ?? transport.namespace;
  if (namespace === undefined || namespace === '')
    throw new Error(
      '--leader-elect: the namespace of the Lease is not known: give --leader-election-namespace',
    );
  return {
    leaderElection: { namespace, name: LEASE_NAME, identity: `${hostname()}_${crypto.randomUUID()}` },
  };
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
