// The cluster as istiod sees it: without what it ignores because of the discoverySelectors of its MeshConfig.
import { discoversAll, isDiscovered } from '../../domain/istio/discovery.ts';
import type { Mesh } from '../../domain/kinds/mesh-config.ts';
import type { ClusterReader, IstioConfig, Registrations } from '../cluster-reader.ts';
import type { Run } from '../memo/memo.ts';

/**
 * Leaves out every Istio object and every Service of a namespace that no istiod discovers. That of `namespace` itself counts as discovered:
 * what its intents would need is compiled all the same, and their status says that nothing is in force. The addresses of every Service stay: a
 * range that covers them opens them. Sources: istio/istio
 * pilot/pkg/config/kube/crdclient/client.go, addCRD; pilot/pkg/serviceregistry/kube/controller/controller.go, NewController.
 */
export function discoveredOnly<C extends ClusterReader>(
  cluster: C,
  { namespace, mesh, run }: { readonly namespace: string; readonly mesh: Mesh; readonly run: Run },
): C {
  if (discoversAll(mesh)) return cluster;
  const isKept = (name: string): boolean =>
    name === namespace ||
    run.derive('is discovered', name, [], () => isDiscovered(cluster.namespaceLabels(name), mesh));
  const keeping =
    <T extends { readonly namespace: string }>(read: (key: string) => readonly T[]) =>
    (key: string): readonly T[] =>
      read(key).filter((object) => isKept(object.namespace));
  return {
    ...cluster,
    service: (of, name) => (isKept(of) ? cluster.service(of, name) : undefined),
    serviceEntries: (of, host) => (isKept(of) ? cluster.serviceEntries(of, host) : []),
    serviceEntriesAnywhere: keeping(cluster.serviceEntriesAnywhere),
    serviceEntriesBelow: keeping(cluster.serviceEntriesBelow),
    virtualServicesAnywhere: keeping(cluster.virtualServicesAnywhere),
    virtualServicesBelow: keeping(cluster.virtualServicesBelow),
    gatewayRoutesOf: keeping(cluster.gatewayRoutesOf),
    registrations: (of) => (isKept(of) ? cluster.registrations(of) : NO_REGISTRATIONS),
    istioConfig: (of) => (isKept(of) ? cluster.istioConfig(of) : NO_CONFIG),
  };
}

const NO_REGISTRATIONS: Registrations = { services: [], serviceEntries: [] };

const NO_CONFIG: IstioConfig = {
  virtualServices: [],
  gatewayRoutes: [],
  destinationRules: [],
  envoyFilters: [],
  telemetries: [],
  authorizationPolicies: [],
  requestAuthentications: [],
};
