// A cluster whose objects change one by one, as watches show it to the controller.
import { KINDS, isWatchedKind, type WatchedKind, type WatchedObjects } from '../../src/cluster/kinds.ts';
import { createClusterState, type ClusterState, type Stores } from '../../src/cluster/stores.ts';
import { readObject } from '../../src/cluster/read-object.ts';
import type { Plan } from '../../src/plan/steps.ts';
import { INTENT_DEFINITION } from '../../src/domain/kinds/custom-resource-definition.ts';
import type { KubeObject } from './cluster.ts';

export type ChangingCluster = {
  readonly state: ClusterState;
  readonly put: (object: KubeObject) => void;
  readonly remove: (object: Pick<KubeObject, 'kind' | 'metadata'>) => void;
  /** Carries out the writes of a plan. */
  readonly apply: (plan: Plan, creationTimestamp: string) => void;
};

export function changingCluster(): ChangingCluster {
  const state = createClusterState('istio-system');
  let version = 0;

  function store<K extends WatchedKind>(kind: K, stores: Pick<Stores, K>, object: KubeObject): void {
    const { namespace = '', name, uid = `uid-of-${name}` } = object.metadata;
    const known = stores[kind].get(namespace, name);
    const { value } = readObject<WatchedObjects[K]>(KINDS[kind], object, known);
    version += 1;
    if (value === undefined) stores[kind].remove(namespace, name);
    else stores[kind].upsert({ namespace, name, uid, resourceVersion: `${version}` }, value);
  }
  const put = (object: KubeObject): void => {
    if (isWatchedKind(object.kind)) store(object.kind, state.stores, object);
  };
  const remove = ({
    kind,
    metadata: { namespace = '', name },
  }: Pick<KubeObject, 'kind' | 'metadata'>): void => {
    if (isWatchedKind(kind)) state.stores[kind].remove(namespace, name);
  };
  return {
    state,
    put,
    remove,
    apply: (plan, creationTimestamp) => {
      for (const step of plan.phases.flat()) {
        if (step.kind === 'delete') {
          const { kind, namespace, name } = step.target;
          remove({ kind, metadata: { namespace, name } });
          continue;
        }
        const { kind, metadata } = step.manifest;
        const known = state.stores[kind].get(metadata.namespace, metadata.name);
        const uid = known?.uid ?? `uid-of-${kind}-${metadata.name}`;
        const created = known?.creationTimestamp ?? creationTimestamp;
        put({ ...step.manifest, metadata: { ...metadata, uid, creationTimestamp: created } });
      }
    },
  };
}

/** The definition of EgressIntent, which is created again under another uid. */
export const definition = (uid: string): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: INTENT_DEFINITION, uid, creationTimestamp: '2024-01-01T00:00:00Z' },
});
