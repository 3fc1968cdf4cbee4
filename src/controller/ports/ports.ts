// The ports of the process. Without those that Kubernetes asks it must end; the log level is a help that it can do without.
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { servedTogether, serveHealth, serveMetrics } from './endpoints.ts';
import { serveLogLevel } from './log-level.ts';
import type { Metrics } from '../metrics/metrics.ts';

type PortOptions = {
  readonly config: Pick<Config, 'healthPort' | 'metricsPort' | 'debugPort'>;
  readonly whyNotReady: () => readonly string[];
  readonly metrics: Metrics;
  readonly log: Logger;
};

/** Rejects, with none of them open, if a port that is needed cannot be opened. */
export async function openPorts({
  config,
  whyNotReady,
  metrics,
  log,
}: PortOptions): Promise<{ readonly close: () => Promise<void> }> {
  const needed = await servedTogether([
    serveHealth(config.healthPort, whyNotReady),
    serveMetrics(config.metricsPort, metrics),
  ]);
  const helpful = await serveLogLevel(config.debugPort, log).then(
    (endpoints) => [endpoints],
    (error: unknown) => {
      log.warn({ why: String(error) }, 'the log level cannot be changed at run time');
      return [];
    },
  );
  return { close: async () => void (await Promise.all([...needed, ...helpful].map(({ close }) => close()))) };
}
