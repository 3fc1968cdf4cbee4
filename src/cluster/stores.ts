// The state of the cluster: a store for each watched kind, and the look-ups into them. Watches fill the stores in the controller
// (controller/watches.ts), files in the CLI (from-objects.ts), so both compile the same state.
import { INTENT_DEFINITION } from '../domain/kinds/custom-resource-definition.ts';
import { parentKey, type GatewayRoute } from '../domain/kinds/gateway-route.ts';
import { GENERATED_KINDS } from '../domain/kinds/manifest.ts';
import { isIstiod, istiodOf, type Mesh } from '../domain/kinds/mesh-config.ts';
import { blocksOf } from '../domain/network.ts';
import { byKey, sortedSet } from '../domain/order.ts';
import type { NamespaceObjects } from './assemble.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { lookupNames, wildcardsAbove } from '../domain/istio/egress-host.ts';
import { REVISION } from '../domain/istio/revision.ts';
import { createStoreIndex } from './store-index.ts';
import { GATEWAY_ROUTE_KINDS } from './gateway-route-kinds.ts';
import { WATCHED_KINDS, type WatchedKind, type WatchedObjects } from './kinds.ts';
import { podsOf } from './pods/pods.ts';
import { createStore, type Store } from './store.ts';

export type Stores = { readonly [K in WatchedKind]: Store<WatchedObjects[K]> };

export type ClusterState = {
  readonly stores: Stores;
  readonly objectsIn: (namespace: string) => NamespaceObjects;
  /** True for a namespace that holds an intent or a managed object; in any other there is nothing to do. */
  readonly hasWork: (namespace: string) => boolean;
  /** In order. */
  readonly namespacesWithWork: () => readonly string[];
  /** In order. */
  readonly namespacesWithIntents: () => readonly string[];
};

/** An empty state. `istioNamespace` is where istiod and its MeshConfig are. */
export function createClusterState(istioNamespace: string): ClusterState {
  const stores = createStores();
  const cluster = readerOf(stores);
  const podsIn = podsOf(stores, istioNamespace);
  const hasWork = (namespace: string): boolean =>
    stores.EgressIntent.inNamespace(namespace).length > 0 ||
    GENERATED_KINDS.some((kind) => stores[kind].inNamespace(namespace).some(({ managed }) => managed));
  return {
    stores,
    objectsIn: (namespace) => ({
      isPaused: stores.Namespace.get('', namespace)?.isPaused === true,
      unknownPause: stores.Namespace.get('', namespace)?.unknownPause,
      isTerminating: stores.Namespace.get('', namespace)?.isTerminating === true,
      intents: stores.EgressIntent.inNamespace(namespace),
      pods: podsIn(namespace),
      sidecars: stores.Sidecar.inNamespace(namespace),
      serviceEntries: stores.ServiceEntry.inNamespace(namespace),
      cluster,
      mesh: meshIn(stores, istioNamespace),
      definition: stores.CustomResourceDefinition.get('', INTENT_DEFINITION),
    }),
    hasWork,
    namespacesWithWork: () =>
      sortedSet(
        (['EgressIntent', ...GENERATED_KINDS] as const).flatMap((kind) => stores[kind].namespaces()),
      ).filter(hasWork),
    namespacesWithIntents: () => sortedSet(stores.EgressIntent.namespaces()),
  };
}

function createStores(): Stores {
  const stores = Object.fromEntries(WATCHED_KINDS.map((kind) => [kind, createStore()]));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a type mapped over the table of kinds cannot be inferred
  return stores as Stores;
}

const meshIn = ({ ConfigMap, Pod }: Stores, istioNamespace: string): Mesh => ({
  istioNamespace,
  configs: ConfigMap.inNamespace(istioNamespace).toSorted(byKey(({ name }) => name)),
  istiods: Pod.inNamespace(istioNamespace)
    .flatMap((pod) => istiodOf(pod) ?? [])
    .toSorted(byKey(({ pod }) => pod)),
  revisions: Pod.inNamespace(istioNamespace)
    .filter(({ labels }) => isIstiod(labels))
    .map(({ labels }) => labels[REVISION])
    .toSorted(byKey((revision) => revision ?? '')),
});

function readerOf(stores: Stores): ClusterReader {
  const entriesByHost = createStoreIndex(stores.ServiceEntry, ({ namespace, hosts }) =>
    hosts.map((host) => `${namespace}/${host}`),
  );
  const routesByParent = GATEWAY_ROUTE_KINDS.map((kind) =>
    createStoreIndex<GatewayRoute>(stores[kind], ({ parents }) => parents.map(parentKey)),
  );
  return {
    hasNamespace: (name) => stores.Namespace.get('', name) !== undefined,
    namespaceLabels: (name) => stores.Namespace.get('', name)?.labels,
    service: stores.Service.get,
    servicesInBlock: createStoreIndex(stores.Service, ({ clusterIps }) => clusterIps.flatMap(blocksOf)),
    serviceEntries: (namespace, host) => entriesByHost(`${namespace}/${host}`),
    serviceEntriesAnywhere: createStoreIndex(stores.ServiceEntry, ({ hosts }) => hosts.flatMap(lookupNames)),
    serviceEntriesBelow: createStoreIndex(stores.ServiceEntry, ({ hosts }) => hosts.flatMap(wildcardsAbove)),
    virtualServicesAnywhere: createStoreIndex(stores.VirtualService, ({ hosts }) =>
      hosts.flatMap(lookupNames),
    ),
    virtualServicesBelow: createStoreIndex(stores.VirtualService, ({ hosts }) =>
      hosts.flatMap(wildcardsAbove),
    ),
    gatewayRoutesOf: (parent) => routesByParent.flatMap((ofKind) => ofKind(parent)),
    registrations: (namespace) => ({
      services: stores.Service.inNamespace(namespace),
      serviceEntries: stores.ServiceEntry.inNamespace(namespace),
    }),
    istioConfig: (namespace) => ({
      gatewayRoutes: GATEWAY_ROUTE_KINDS.flatMap((kind) => stores[kind].inNamespace(namespace)),
      virtualServices: stores.VirtualService.inNamespace(namespace),
      destinationRules: stores.DestinationRule.inNamespace(namespace),
      envoyFilters: stores.EnvoyFilter.inNamespace(namespace),
      telemetries: stores.Telemetry.inNamespace(namespace),
      authorizationPolicies: stores.AuthorizationPolicy.inNamespace(namespace),
      requestAuthentications: stores.RequestAuthentication.inNamespace(namespace),
    }),
  };
}
