// Runs the controller in the test process, against any API server.
import type { KubeConfig } from '@kubernetes/client-node';
import { DEFAULT_ISTIO_NAMESPACE } from '../../src/domain/kinds/mesh-config.ts';
import { pino, type Logger } from 'pino';
import type { Config } from '../../src/controller/config.ts';
import { DEFAULTS } from '../../src/controller/config.ts';
import { startController, type Controller } from '../../src/controller/controller.ts';
import { connect } from '../../src/kubernetes/transport.ts';
import { settingsWith } from './compiler.ts';

export const USER_AGENT = 'egress-intent/test';

export type RunOptions = {
  readonly log?: Logger;
  /** Those of the transport. */
  readonly timeoutMs?: number;
  readonly watchIdleMs?: number;
};

/** Starts the controller; it is ready when this returns, and leads if no election is configured. With EGRESS_INTENT_LOG=LEVEL it logs to standard error. */
export async function runningController(
  kubeconfig: string,
  config: Partial<Config> = {},
  { log, ...times }: RunOptions = {},
): Promise<Controller> {
  const load = (kube: KubeConfig): void => kube.loadFromString(kubeconfig);
  const transport = connect({ userAgent: USER_AGENT, load, ...times });
  const controller = await startController({
    transport,
    config: {
      ...DEFAULTS,
      istioNamespace: DEFAULT_ISTIO_NAMESPACE,
      settings: settingsWith(),
      // Cases clear the whole cluster between them; the brake has tests of its own.
      removalLimit: 100,
      healthPort: 0,
      metricsPort: 0,
      debugPort: 0,
      ...config,
    },
    log: log ?? pino({ level: process.env['EGRESS_INTENT_LOG'] ?? 'silent' }, pino.destination(2)),
    version: 'test',
    onLost: (why) => {
      throw new Error(`the Lease is lost: ${why}`);
    },
  });
  await (config.leaderElection === undefined ? controller.leading : controller.ready);
  return controller;
}
