// The pods of a namespace with what is not on them: whose network they use, and whether MeshConfig keeps their calls from their proxies.
import type { MeshConfig } from '../../domain/kinds/mesh-config.ts';
import type { Pod } from '../../domain/kinds/pod.ts';
import { byKey } from '../../domain/order.ts';
import type { Stores } from '../stores.ts';

/** The metadata of a watched pod does not say whose network it uses. */
export function podsOf(
  { Pod: pods, HostNetworkPod, ConfigMap }: Pick<Stores, 'Pod' | 'HostNetworkPod' | 'ConfigMap'>,
  istioNamespace: string,
): (namespace: string) => readonly Pod[] {
  const onHostNetwork = remembered((pod, dataPlane: 'hostNetwork') => ({ ...pod, dataPlane }));
  const unintercepted = remembered((pod, config: string) => ({ ...pod, unintercepted: config }));
  return (namespace) => {
    const config = interceptingNothing(ConfigMap.inNamespace(istioNamespace));
    const known = pods.inNamespace(namespace);
    const isEveryPodItself = config === undefined && HostNetworkPod.inNamespace(namespace).length === 0;
    if (isEveryPodItself) return known;
    return known.map((pod) => {
      if (HostNetworkPod.get(namespace, pod.name) !== undefined) return onHostNetwork(pod, 'hostNetwork');
      return config === undefined || pod.ownInterception === true ? pod : unintercepted(pod, config);
    });
  };
}

/**
 * The ConfigMap, `namespace/name`, whose MeshConfig keeps calls from proxies by default. While revisions differ, a pod may belong to any of them, so
 * one is enough.
 */
export function interceptingNothing(configs: readonly MeshConfig[]): string | undefined {
  const [first] = configs.filter((config) => config.interceptsNothing).toSorted(byKey(({ name }) => name));
  return first && `${first.namespace}/${first.name}`;
}

/** The same value as long as the pod and the detail are the same, so that what was computed from it is remembered. */
function remembered<Detail extends string>(
  change: (pod: Pod, detail: Detail) => Pod,
): (pod: Pod, detail: Detail) => Pod {
  const known = new WeakMap<Pod, ReadonlyMap<Detail, Pod>>();
  return (pod, detail) => {
    const before = known.get(pod)?.get(detail);
    if (before !== undefined) return before;
    const changed = change(pod, detail);
    known.set(pod, new Map([[detail, changed]]));
    return changed;
  };
}
