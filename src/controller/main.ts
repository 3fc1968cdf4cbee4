// The controller as a process: logs to standard output, stops in order on a signal, and exits at once on an uncaught error.
import { pino, stdTimeFunctions } from 'pino';
import { connect } from '../kubernetes/transport.ts';
import type { Config } from './config.ts';
import { startController } from './controller.ts';

type ProcessOptions = {
  readonly config: Config;
  readonly logLevel: string;
  readonly userAgent: string;
  /** Path of a kubeconfig. Absent: the places where kubectl looks, and then the pod's service account. */
  readonly kubeconfig?: string;
};

/** Longest wait for running reconciles, in ms. Kubernetes kills the pod after 30 s. */
const DRAIN_MS = 20_000;

/** Runs until SIGTERM or SIGINT; a second signal exits at once. */
export async function runController({
  config,
  logLevel,
  userAgent,
  kubeconfig,
}: ProcessOptions): Promise<void> {
  const log = pino({ level: logLevel, base: null, timestamp: stdTimeFunctions.isoTime });
  // A process in an unknown state must not write; Kubernetes starts a new one.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error, which is a bug; exiting');
    process.exit(1);
  });
  const transport = connect({
    userAgent,
    ...(kubeconfig === undefined ? {} : { load: (kube) => kube.loadFromFile(kubeconfig) }),
  });
  const controller = await startController({ transport, config, log });
  log.info({ userAgent }, 'started');
  const signal = await stopSignal();
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(1), DRAIN_MS).unref();
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  await controller.stop();
  log.info('stopped');
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
