// The stage of the fault matrix: a real API server behind the fault proxy, a namespace whose intents change all at once, one that stays calm, and
// the controller with the shipped role.
import { pino } from 'pino';
import { expect } from 'vitest';
import { HttpMethod } from '@kubernetes/client-node';
import type { Controller } from '../../../src/controller/controller.ts';
import type { Kubernetes } from '../../kits/control-plane/kubernetes.ts';
import { startFaultProxy, type FaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { eventually, pathOf, refOf, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { runningController, type RunOptions } from '../../support/controller.ts';
import { endStateOf } from '../../support/fresh-compile.ts';
import type { WatchedPod } from '../../support/grants-over-time.ts';
import { conditionOf } from '../../support/intent-status.ts';
import { startRealCluster } from '../../support/real-cluster.ts';
import * as story from '../../support/story.ts';

const WEB = { app: 'web' } as const;
const FRONT = { tier: 'front' } as const;
const OLD_HOST = { host: 'old.example.com' } as const;
export const NEW_HOST = 'www.google.com';

/** A namespace in which nothing changes. */
export const CALM = 'calm';

const inCalm = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: CALM },
});

/** Of the pods of these labels it is known for the whole time that they are restricted. */
export const PODS: readonly WatchedPod[] = [
  ...[WEB, FRONT].map((labels) => ({ namespace: 'red', labels })),
  { namespace: 'red', labels: { ...WEB, ...FRONT }, isNew: true },
  { namespace: CALM, labels: WEB },
];

const BOTH_POD = story.podObject('both', 'red', { ...WEB, ...FRONT });
const web = (allow: readonly story.AllowEntry[]): KubeObject =>
  story.intent(allow, { name: 'web', selector: WEB });
const DEFAULT = story.intent([story.GREEN], { name: 'default' });

const BEFORE: readonly KubeObject[] = [
  ...['red', 'green', 'blue', CALM].map(story.namespaceObject),
  story.podObject('web', 'red', WEB),
  story.podObject('front', 'red', FRONT),
  story.podObject('web', CALM, WEB),
  story.serviceObject('nginx-blue-svc', 'blue'),
  web([story.GREEN, OLD_HOST]),
  story.intent([story.BLUE_SVC], { name: 'front', selector: FRONT }),
  DEFAULT,
  inCalm(web([story.GREEN, story.GOOGLE])),
];

export type Stage = {
  readonly kubernetes: Kubernetes;
  /** As the administrator, without the proxy. */
  readonly cluster: Cluster;
  readonly proxy: FaultProxy;
  /** The messages of the log, of level warn and above, since the controller was started. */
  readonly warnings: () => readonly string[];
  /** Starts the controller. Default: through the proxy, and waits until it is ready. */
  readonly start: (options?: StartOptions) => Promise<void>;
  readonly stopController: () => Promise<void>;
  /** Brings the namespace to where each row begins. */
  readonly reset: () => Promise<void>;
  /**
   * Changes everything at once: a pod with both labels needs a scope above the two, so both Sidecars are created again; one host replaces another;
   * the default intent is deleted.
   */
  readonly change: () => Promise<void>;
  /** Throws unless the cluster holds what a fresh compilation says, and every intent is Ready in its newest version. */
  readonly expectDone: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A fault that has begun. */
export type Begun = {
  readonly cure: () => Promise<void> | void;
  /** After the fault has lasted: throws unless it has been felt. */
  readonly expectFelt?: () => Promise<void> | void;
  /** After the recovery. */
  readonly expectAfter?: () => Promise<void> | void;
};

export type StartOptions = RunOptions & {
  readonly config?: Parameters<typeof runningController>[1];
  readonly kubeconfig?: string;
  /** Does not wait until it is ready. */
  readonly inBackground?: boolean;
};

export async function openStage(): Promise<Stage> {
  const real = await startRealCluster({ controllerManager: true, keepHistory: true, objects: [] });
  const { kubernetes, cluster } = real;
  const proxy = await startFaultProxy({ kubeconfig: real.kubeconfig });
  let running: Promise<Controller> | undefined;
  let warnings: string[] = [];

  const stopController = async (): Promise<void> => {
    await (await running)?.stop();
    running = undefined;
  };
  const start: Stage['start'] = async ({ config, kubeconfig, inBackground = false, ...options } = {}) => {
    await stopController();
    warnings = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
    running = runningController(kubeconfig ?? proxy.kubeconfig, config, { log, ...options });
    if (!inBackground) await running;
  };
  return {
    kubernetes,
    cluster,
    proxy,
    warnings: () => warnings,
    start,
    stopController,
    reset: async () => {
      await removeNow(cluster, BOTH_POD);
      for (const object of BEFORE) await cluster.apply(object);
    },
    change: async () => {
      await cluster.apply(BOTH_POD);
      await cluster.apply(web([story.GREEN, story.GOOGLE]));
      await cluster.remove(refOf(DEFAULT));
    },
    expectDone: () => expectDone(cluster),
    close: async () => {
      await stopController();
      await cluster.close();
      await proxy.stop();
      await kubernetes.stop();
    },
  };
}

/** Deletes an object without a time of grace, and waits until it is gone. */
export async function removeNow(cluster: Cluster, object: KubeObject): Promise<void> {
  await cluster.send(HttpMethod.DELETE, `${pathOf(refOf(object))}?gracePeriodSeconds=0`);
  await eventually(async () => expect(await cluster.get(refOf(object))).toBeUndefined());
}

const INTENTS = { apiVersion: 'egressintent.io/v1alpha1', plural: 'egressintents' };

async function expectDone(cluster: Cluster): Promise<void> {
  const { standing, compiled } = await endStateOf(cluster);
  expect(standing).toEqual(compiled);
  for (const intent of await cluster.list(INTENTS)) {
    const { metadata, status } = intent as KubeObject & { readonly status?: { observedGeneration?: number } };
    expect([metadata.name, status?.observedGeneration]).toEqual([metadata.name, metadata.generation]);
    expect([metadata.name, conditionOf(intent, 'Ready')]).toEqual([metadata.name, 'True/Ready']);
  }
}
