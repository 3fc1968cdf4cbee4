// Waits until every Envoy works with what the API server holds now. In four steps, each of which rests on the last:
//
//   1. istiod has read it all: its stores agree with the API server (worlds.ts).
//   2. istiod has built its view of the world from those stores after that, and sends the whole of it to everybody.
//   3. Each Envoy has acknowledged that push, or a later one, for every kind of resource that it watches.
//   4. No Envoy has a listener or cluster that still warms, for until then it goes on working with the one before.
//
// The push disturbs nobody: Envoy ignores resources that are the same as before.
import type { Istiod } from '../control-plane/istiod.ts';
import { eventually, type Cluster } from '../../support/cluster.ts';
import type { Envoy } from './envoy.ts';
import type { Pod } from './pods.ts';
import { disagreements } from './worlds.ts';

export type Settling = { readonly cluster: Cluster; readonly istiod: Istiod; readonly pods: readonly Pod[] };

const PATIENCE = { withinMs: 20_000, everyMs: 30 } as const;

/** Throws where it takes more than 20 s a step, or where an Envoy rejects what it is sent. */
export async function untilSettled({ cluster, istiod, pods }: Settling): Promise<void> {
  const withSidecar = pods.filter(hasEnvoy);
  try {
    await eventually(async () => expectNone(await disagreements(cluster, istiod, withSidecar)), PATIENCE);
    const push = await istiod.push();
    const rejections = await eventually(async () => {
      const proxies = await proxiesOf(istiod, withSidecar);
      expectNone(withSidecar.flatMap((pod) => unacknowledged(pod, proxies, push)));
      return proxies.flatMap(rejectionsOf);
    }, PATIENCE);
    expectNone(rejections);
    await eventually(async () => {
      for (const pod of withSidecar) expectNone(await warming(pod));
    }, PATIENCE);
  } catch (error) {
    const said = `istiod says:\n${await istiod.lastLines()}`;
    throw new Error(`the mesh does not settle: ${String(error)}\n${said}`, { cause: error });
  }
}

type PodWithEnvoy = Pod & { readonly envoy: Envoy };

function hasEnvoy(pod: Pod): pod is PodWithEnvoy {
  return pod.envoy !== undefined;
}

/** The part of an entry of `/debug/syncz` that is read here; the keys of `resources` are type URLs. */
type Proxy = {
  readonly proxy: string;
  readonly resources: Readonly<
    Record<string, { readonly sent?: string; readonly acked?: string; readonly lastError?: string }>
  >;
};

async function proxiesOf(istiod: Istiod, pods: readonly Pod[]): Promise<readonly Proxy[]> {
  const names = new Set(pods.map(proxyId));
  const all = (await istiod.debug('/debug/syncz')) as readonly Proxy[];
  return all.filter(({ proxy }) => names.has(proxy));
}

function proxyId({ name, namespace }: Pod): string {
  return `${name}.${namespace}`;
}

/** A rejected resource is never acknowledged, so it does not count as being waited for. */
function unacknowledged(pod: Pod, proxies: readonly Proxy[], push: number): readonly string[] {
  const proxy = proxies.find((candidate) => candidate.proxy === proxyId(pod));
  if (proxy === undefined) return [`${proxyId(pod)} is not connected`];
  return Object.entries(proxy.resources)
    .filter(([, { sent, acked, lastError }]) => !lastError && (sent !== acked || pushOf(sent ?? '') < push))
    .map(
      ([type, { sent, acked }]) =>
        `${proxyId(pod)} has acknowledged ${acked} of ${type}, and was sent ${sent}`,
    );
}

function rejectionsOf({ proxy, resources }: Proxy): readonly string[] {
  return Object.values(resources).flatMap(({ lastError }) =>
    lastError ? [`${proxy} rejects: ${lastError}`] : [],
  );
}

/** A nonce is the time of the push, a slash, the number of the push and, with nothing between, a UUID. */
function pushOf(nonce: string): number {
  const uuidLength = 36;
  return Number(nonce.slice(nonce.lastIndexOf('/') + 1, -uuidLength));
}

async function warming(pod: PodWithEnvoy): Promise<readonly string[]> {
  const gauges = await pod.envoy.admin('/stats?filter=(warming_clusters|listeners_warming)$');
  return gauges
    .trim()
    .split('\n')
    .filter((gauge) => !gauge.endsWith(': 0'))
    .map((gauge) => `${proxyId(pod)} has ${gauge}`);
}

function expectNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('; '));
}
