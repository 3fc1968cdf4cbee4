// How long many intents take to converge, the start of the process included, over a bare writer that makes the same writes in the same order.
import type { KubeObject } from '../support/cluster.ts';
import { inParallel } from './bare-writer.ts';
import { API, CONNECTIONS, ISTIO, type BenchCluster } from './cluster.ts';
import { benchNamespace } from './objects.ts';

export type ConvergeFigures = {
  readonly intents: number;
  /** In ms. */
  readonly ours: number;
  readonly bare: number;
  /** Processor time, in ms. */
  readonly cpu: number;
  /** In MB, at the end. */
  readonly memory: number;
  /** Processor time of a restart that finds everything in place, in ms, and its writes. */
  readonly restart: { readonly cpu: number; readonly writes: number };
};

const EACH = 20;

/** 20 intents in each namespace, with one pod for each; the names of the namespaces begin with `prefix`. */
export const convergeObjects = (intents: number, prefix: string): ReturnType<typeof benchNamespace>[] =>
  Array.from({ length: intents / EACH }, (_, index) => benchNamespace(`${prefix}${index}`, EACH, 1));

export async function measureConverge(bench: BenchCluster, intents: number): Promise<ConvergeFigures> {
  const { writer } = bench;
  const namespaces = convergeObjects(intents, `c${intents}-`);
  await bench.create(namespaces.flatMap(({ around }) => around));
  await bench.create(namespaces.flatMap((each) => each.intents));
  const mine = ({ metadata }: KubeObject): boolean => metadata.namespace?.startsWith(`c${intents}-`) === true;
  const isDone = doneCounter(intents, mine);
  await writer.watch(API, 'egressintents', isDone.onEvent);

  const started = performance.now();
  const controller = await bench.controller();
  const ours = (await isDone.all) - started;
  const [cpu, memory] = [controller.cpu(), controller.residentMemory()];
  await controller.stop();

  const before = (await bench.kubernetes.auditEvents()).length;
  const again = await bench.controller();
  await new Promise((resolve) => void setTimeout(resolve, 3_000));
  const restartCpu = again.cpu();
  await again.stop();
  const events = (await bench.kubernetes.auditEvents()).slice(before);
  const restart = { cpu: restartCpu, writes: events.filter(({ verb }) => verb === 'patch').length };

  const sidecars = (await writer.list(ISTIO, 'sidecars')).filter(mine);
  const statuses = (await writer.list(API, 'egressintents')).filter(mine);
  await inParallel(
    sidecars.map((each) => () => writer.remove(each)),
    CONNECTIONS,
  );
  const statusOf = new Map(statuses.map((each) => [each.metadata.name + each.metadata.namespace, each]));
  const writes = sidecars.map((sidecar) => async () => {
    const { name, namespace, labels, annotations } = sidecar.metadata;
    const { apiVersion, kind, spec } = sidecar;
    await writer.apply({
      apiVersion,
      kind,
      metadata: {
        name,
        ...(namespace && { namespace }),
        ...(labels && { labels }),
        ...(annotations && { annotations }),
      },
      spec,
    });
    const app = /"app":"([^"]+)"/.exec(JSON.stringify(spec))?.[1] ?? '';
    const intent = statusOf.get(app + namespace);
    if (intent === undefined) throw new Error(`no intent ${namespace}/${app}`);
    const status = { ...(intent['status'] as object), observedGeneration: 0 };
    await writer.apply(
      {
        apiVersion: API,
        kind: 'EgressIntent',
        metadata: { name: app, ...(namespace && { namespace }) },
        status,
      },
      'status',
    );
  });
  const bareStarted = performance.now();
  await inParallel(writes, CONNECTIONS);
  const bare = performance.now() - bareStarted;
  await inParallel(
    [...(await writer.list(ISTIO, 'sidecars')), ...statuses]
      .filter(mine)
      .map((each) => () => writer.remove(each)),
    CONNECTIONS,
  );
  return { intents, ours, bare, cpu, memory, restart };
}

/** Resolves with the time at which every intent has a status. */
export function doneCounter(count: number, mine: (object: KubeObject) => boolean) {
  const done = new Set<string>();
  const { promise: all, resolve } = Promise.withResolvers<number>();
  return {
    all,
    onEvent: (object: KubeObject, at: number): void => {
      const status = object['status'] as { readonly observedGeneration?: number } | undefined;
      if (!mine(object) || status?.observedGeneration === undefined) return;
      done.add(`${object.metadata.namespace}/${object.metadata.name}`);
      if (done.size === count) resolve(at);
    },
  };
}
