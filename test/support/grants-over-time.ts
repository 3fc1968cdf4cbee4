// What pods may call in every version of the generated objects, as etcd has stored them: whether one was ever open, or lost a grant that stood.
import type { StoredVersion } from '../kits/control-plane/etcd-history.ts';
import { allowedBy } from './model-mesh.ts';

/** A pod of which something is known for the whole time. */
export type WatchedPod = {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It comes within that time, and has the list of another one until the controller knows of it. It may only not be open. */
  readonly isNew?: true;
};

/** Hosts as in a Sidecar, or `open` if no Sidecar governs the pod. */
export type Allowed = ReadonlySet<string> | 'open';

/** What each pod may call at one moment, in the order of the pods. */
export type View = readonly Allowed[];

export type Moment = { readonly revision: number; readonly view: View };

const GENERATED = /^\/registry\/networking\.istio\.io\/(?:sidecars|serviceentries)\/([^/]+)\//;

/** The view after each version of a Sidecar or ServiceEntry, in order. `versions` is the whole history of Istio's kinds. */
export function viewsOver(
  versions: readonly StoredVersion[],
  pods: readonly WatchedPod[],
): readonly Moment[] {
  const live = new Map<string, Map<string, unknown>>(); // by namespace, then by key
  const views = new Map<WatchedPod, Allowed>(pods.map((pod) => [pod, 'open']));
  return versions.flatMap(({ revision, key, object }) => {
    const [, namespace = ''] = GENERATED.exec(key) ?? [];
    if (namespace === '') return [];
    const objects = live.get(namespace) ?? new Map<string, unknown>();
    live.set(namespace, objects);
    if (object === undefined) objects.delete(key);
    else objects.set(key, object);
    for (const pod of pods)
      if (pod.namespace === namespace)
        views.set(pod, allowedBy(namespace, [...objects.values()], pod.labels));
    return [{ revision, view: pods.map((pod) => views.get(pod) ?? 'open') }];
  });
}

/**
 * What is wrong with the views on the way from the first to the last: a pod that is open, one that gets a host that neither of them grants, and one
 * that lacks a host that both grant. Empty if nothing is.
 */
export function breachesBetween(views: readonly View[], pods: readonly WatchedPod[]): readonly string[] {
  const [first = [], last = []] = [views[0], views.at(-1)];
  return views.flatMap((view, index) =>
    view.flatMap((allowed, pod) => {
      const [before, after] = [first[pod] ?? 'open', last[pod] ?? 'open'];
      const where = `view ${index} of ${views.length}, pod ${pod}`;
      if (allowed === 'open') return [`${where}: open`];
      if (before === 'open' || after === 'open' || pods[pod]?.isNew === true) return [];
      return [
        ...[...allowed.difference(before.union(after))].map((host) => `${where}: gets ${host}`),
        ...[...before.intersection(after).difference(allowed)].map((host) => `${where}: loses ${host}`),
      ];
    }),
  );
}

/** The keys of the objects of a namespace that were written or deleted after a revision. */
export const writtenIn = (
  versions: readonly StoredVersion[],
  namespace: string,
  after: number,
): readonly string[] =>
  versions.flatMap(({ revision, key }) =>
    revision > after && key.split('/').at(-2) === namespace ? [key] : [],
  );
