// The controller's view of the cluster: a store for each kind, and the look-ups into them. `watches.ts` keeps the stores up.
import type { NamespaceObjects } from './assemble.ts';
import type { Service } from '../domain/kinds/service.ts';
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import { istiodOf, type Mesh, type MeshConfig } from '../domain/kinds/mesh-config.ts';
import type { Cluster } from './snapshot.ts';
import { byKey, sortedSet } from '../domain/order.ts';
import type { Telemetry } from '../domain/kinds/telemetry.ts';
import type { VirtualService } from '../domain/kinds/virtual-service.ts';
import { createStore, type Store } from './store.ts';
import { createHostIndex } from './host-index.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { AuthorizationPolicy } from '../domain/kinds/authorization-policy.ts';
import type { RequestAuthentication } from '../domain/kinds/request-authentication.ts';
import type { DestinationRule } from '../domain/kinds/destination-rule.ts';
import type { EnvoyFilter } from '../domain/kinds/envoy-filter.ts';

export type Stores = {
  readonly EgressIntent: Store<Intent | InvalidIntent>;
  readonly Sidecar: Store<LiveSidecar>;
  readonly ServiceEntry: Store<LiveServiceEntry>;
  readonly Service: Store<Service>;
  readonly Namespace: Store<{ readonly name: string }>;
  readonly Pod: Store<Pod>;
  /** Those of Istio's namespace that hold a MeshConfig. */
  readonly ConfigMap: Store<MeshConfig>;
  readonly VirtualService: Store<VirtualService>;
  readonly DestinationRule: Store<DestinationRule>;
  readonly EnvoyFilter: Store<EnvoyFilter>;
  readonly Telemetry: Store<Telemetry>;
  readonly AuthorizationPolicy: Store<AuthorizationPolicy>;
  readonly RequestAuthentication: Store<RequestAuthentication>;
};

export type WatchedKind = keyof Stores;

/** What the stores hold, as the loop asks for it. */
export type ClusterStores = {
  readonly stores: Stores;
  readonly objectsIn: (namespace: string) => NamespaceObjects;
  readonly mesh: () => Mesh;
  /** Whether a namespace holds an intent or an object of ours. Nowhere else is there anything to do. */
  readonly hasWork: (namespace: string) => boolean;
  readonly namespacesWithWork: () => readonly string[];
};

/** A world with nothing in it; `watchWorld` fills it. `istioNamespace` is where istiod runs. */
export function createClusterStores(istioNamespace: string): ClusterStores {
  const stores: Stores = {
    EgressIntent: createStore(),
    Sidecar: createStore(),
    ServiceEntry: createStore(),
    Service: createStore(),
    Namespace: createStore(),
    Pod: createStore(),
    ConfigMap: createStore(),
    VirtualService: createStore(),
    DestinationRule: createStore(),
    EnvoyFilter: createStore(),
    Telemetry: createStore(),
    AuthorizationPolicy: createStore(),
    RequestAuthentication: createStore(),
  };
  const concerns = (namespace: string): boolean =>
    stores.EgressIntent.inNamespace(namespace).length > 0 ||
    stores.Sidecar.inNamespace(namespace).some(({ managed }) => managed) ||
    stores.ServiceEntry.inNamespace(namespace).some(({ managed }) => managed);
  const mesh = (): Mesh => meshIn(stores, istioNamespace);
  const cluster = clusterOf(stores);
  return {
    stores,
    mesh,
    objectsIn: (namespace) => ({
      intents: stores.EgressIntent.inNamespace(namespace),
      pods: stores.Pod.inNamespace(namespace),
      sidecars: stores.Sidecar.inNamespace(namespace),
      serviceEntries: stores.ServiceEntry.inNamespace(namespace),
      cluster,
      mesh: mesh(),
    }),
    hasWork: concerns,
    namespacesWithWork: () =>
      sortedSet(
        [stores.EgressIntent, stores.Sidecar, stores.ServiceEntry].flatMap((store) => store.namespaces()),
      ).filter(concerns),
  };
}

const meshIn = ({ ConfigMap, Pod }: Stores, istioNamespace: string): Mesh => ({
  configs: ConfigMap.inNamespace(istioNamespace).toSorted(byKey(({ name }) => name)),
  istiods: Pod.inNamespace(istioNamespace)
    .flatMap((pod) => istiodOf(pod) ?? [])
    .toSorted(byKey(({ pod }) => pod)),
});

const clusterOf = (stores: Stores): Cluster => ({
  hasNamespace: (name) => stores.Namespace.get('', name) !== undefined,
  service: stores.Service.get,
  serviceEntries: createHostIndex(stores.ServiceEntry),
  registrations: (namespace) => ({
    services: stores.Service.inNamespace(namespace),
    serviceEntries: stores.ServiceEntry.inNamespace(namespace),
  }),
  istioConfig: (namespace) => ({
    virtualServices: stores.VirtualService.inNamespace(namespace),
    destinationRules: stores.DestinationRule.inNamespace(namespace),
    envoyFilters: stores.EnvoyFilter.inNamespace(namespace),
    telemetries: stores.Telemetry.inNamespace(namespace),
    authorizationPolicies: stores.AuthorizationPolicy.inNamespace(namespace),
    requestAuthentications: stores.RequestAuthentication.inNamespace(namespace),
  }),
});
