// The states of all pods, each namespace computed again only when something of it has changed: a scrape costs what changed since the last.
import { isDiscovered } from '../../domain/istio/discovery.ts';
import { podStates, type PodStates } from '../../status/pod-states.ts';
import { interceptingNothing } from '../../cluster/pods/pods.ts';
import type { ClusterState } from '../../cluster/stores.ts';

type Known = { readonly from: readonly unknown[]; readonly states: PodStates };

export function createClusterPodStates({
  stores,
  objectsIn,
  namespacesWithIntents,
}: Pick<ClusterState, 'stores' | 'objectsIn' | 'namespacesWithIntents'>): () => PodStates {
  let known: ReadonlyMap<string, Known> = new Map();
  function ofNamespace(namespace: string): Known {
    const { intents, sidecars, cluster, mesh } = objectsIn(namespace);
    const isSeen = isDiscovered(cluster.namespaceLabels(namespace), mesh);
    // Stores give the same list until an object of the namespace changes.
    const pods = [stores.Pod, stores.HostNetworkPod].map((store) => store.inNamespace(namespace));
    const from = [intents, sidecars, isSeen, interceptingNothing(mesh.configs), ...pods];
    const before = known.get(namespace);
    if (before?.from.every((each, index) => each === from[index]) === true) return before;
    const { pods: merged } = objectsIn(namespace);
    return { from, states: podStates({ intents, sidecars, pods: merged, isDiscovered: isSeen }) };
  }
  return () => {
    known = new Map(namespacesWithIntents().map((namespace) => [namespace, ofNamespace(namespace)]));
    const all = [...known.values()].map(({ states }) => states);
    const total = (state: keyof PodStates): number => all.reduce((sum, states) => sum + states[state], 0);
    return {
      restricted: total('restricted'),
      bypassed: total('bypassed'),
      shadowed: total('shadowed'),
      unrestricted: total('unrestricted'),
    };
  };
}
