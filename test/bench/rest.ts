// What the controller costs while nothing happens.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCluster } from './cluster.ts';

export type RestFigures = {
  /** In MB. */
  readonly memory: number;
  /** Requests in 10 s. */
  readonly requests: number;
};

export async function measureRest(bench: BenchCluster): Promise<RestFigures> {
  const controller = await bench.controller();
  await sleep(3_000);
  const before = (await bench.kubernetes.auditEvents()).length;
  await sleep(10_000);
  const events = (await bench.kubernetes.auditEvents()).slice(before);
  const memory = controller.residentMemory();
  await controller.stop();
  return {
    memory,
    requests: events.filter(({ userAgent }) => userAgent?.startsWith('egress-intent/') === true).length,
  };
}
