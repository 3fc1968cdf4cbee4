// A replica of the controller as a process, which is started again when it ends, as Kubernetes does.
import { setTimeout as sleep } from 'node:timers/promises';
import { startControllerProcess, type ControllerProcess } from '../support/controller-process.ts';

export type Supervised = {
  /** Sends SIGKILL, and starts it again after this time, in ms. */
  readonly kill: (downMs: number) => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** How often it ended by itself, with the ends of its logs. */
  readonly ownEnds: () => readonly string[];
  readonly stop: () => Promise<void>;
};

/** How long a replica that ends by itself is down, in ms. */
const PAUSE_MS = 500;

export async function supervise(kubeconfig: string, flags: readonly string[]): Promise<Supervised> {
  const ownEnds: string[] = [];
  let stopping = false;
  const isStopping = (): boolean => stopping;
  let current: ControllerProcess;
  let downMs = 0;
  let killed: ControllerProcess | undefined;
  let isUp = Promise.withResolvers<void>();

  async function start(): Promise<void> {
    current = await startControllerProcess(kubeconfig, flags);
    void follow(current);
    isUp.resolve();
  }

  async function follow(controller: ControllerProcess): Promise<void> {
    const end = await controller.ended;
    if (isStopping()) return;
    const isKilled = killed === controller;
    if (!isKilled) ownEnds.push(`${end}: ${controller.log().slice(-3).join('\n')}`);
    isUp = Promise.withResolvers<void>();
    await sleep(isKilled ? downMs : PAUSE_MS);
    if (!isStopping()) await start();
  }

  await start();
  return {
    kill: async (ms) => {
      await isUp.promise;
      [downMs, killed] = [ms, current];
      current.kill();
      await current.ended;
    },
    freeze: () => current.freeze(),
    thaw: () => current.thaw(),
    ownEnds: () => ownEnds,
    stop: async () => {
      stopping = true;
      current.kill();
      await current.ended;
    },
  };
}
