// Waits until every Envoy uses the configuration that the API server holds now. Four steps, each based on the last:
//
//   1. istiod has read everything: its stores are equal to the API server (istiod-differences.ts).
//   2. istiod computes its push context from those stores and pushes all of it to every Envoy.
//   3. Each Envoy has acknowledged that push, or a later one, for every type of resource that it watches.
//   4. No Envoy has a listener or cluster that is still warming: until then it uses the one before.
//
// The push has no other effect: Envoy ignores resources that have not changed.
import type { Istiod } from '../control-plane/istiod.ts';
import { eventually, type Cluster } from '../../support/cluster.ts';
import type { Envoy } from './envoy.ts';
import type { Pod } from './pods.ts';
import { differences } from './istiod-differences.ts';

export type Settling = { readonly cluster: Cluster; readonly istiod: Istiod; readonly pods: readonly Pod[] };

const WITHIN = { withinMs: 20_000, everyMs: 30 } as const;

/** Throws if a step takes more than 20 s, or if an Envoy rejects its configuration. */
export async function untilSettled({ cluster, istiod, pods }: Settling): Promise<void> {
  const withSidecar = pods.filter(hasEnvoy);
  try {
    await eventually(async () => expectNone(await differences(cluster, istiod, withSidecar)), WITHIN);
    const push = await istiod.push();
    const rejections = await eventually(async () => {
      const proxies = await proxiesOf(istiod, withSidecar);
      expectNone(withSidecar.flatMap((pod) => unacknowledged(pod, proxies, push)));
      return proxies.flatMap(rejectionsOf);
    }, WITHIN);
    expectNone(rejections);
    await eventually(async () => {
      for (const pod of withSidecar) expectNone(await warming(pod));
    }, WITHIN);
  } catch (error) {
    const log = `the log of istiod ends with:\n${await istiod.lastLines()}`;
    throw new Error(`the mesh does not settle: ${String(error)}\n${log}`, { cause: error });
  }
}

type PodWithEnvoy = Pod & { readonly envoy: Envoy };

function hasEnvoy(pod: Pod): pod is PodWithEnvoy {
  return pod.envoy !== undefined;
}

/** The fields of an entry of `/debug/syncz` that are read here. The keys of `resources` are type URLs. */
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

/** A rejected resource is never acknowledged, so this does not wait for it. */
function unacknowledged(pod: Pod, proxies: readonly Proxy[], push: number): readonly string[] {
  const proxy = proxies.find((candidate) => candidate.proxy === proxyId(pod));
  if (proxy === undefined) return [`${proxyId(pod)} is not connected`];
  return Object.entries(proxy.resources)
    .filter(([, { sent, acked, lastError }]) => !lastError && (sent !== acked || pushOf(sent ?? '') < push))
    .map(
      ([type, { sent, acked }]) =>
        `${proxyId(pod)} has acknowledged ${acked} of ${type}; the last that was sent is ${sent}`,
    );
}

function rejectionsOf({ proxy, resources }: Proxy): readonly string[] {
  return Object.values(resources).flatMap(({ lastError }) =>
    lastError ? [`${proxy} rejects: ${lastError}`] : [],
  );
}

/** A nonce is the time of the push, a slash, the number of the push, and a UUID without a separator. */
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
    .map((gauge) => `${proxyId(pod)} is still warming: ${gauge}`);
}

function expectNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('; '));
}
