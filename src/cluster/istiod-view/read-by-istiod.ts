// The cluster as istiod sees it: without Istio objects and routes of the Gateway API that are for revisions which do not run.
import { isReadByNone, REVISION } from '../../domain/istio/revision.ts';
import type { Mesh } from '../../domain/kinds/mesh-config.ts';
import type { OfRevision } from '../../domain/kinds/metadata.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import type { ClusterReader, IstioConfig } from '../cluster-reader.ts';
import type { Run } from '../memo/memo.ts';

/**
 * Leaves out what no istiod of the mesh reads because of its label `istio.io/rev`. Managed objects stay: such a label is taken off them. So does
 * everything where the revision of some istiod is not known. Sources: istio/istio pilot/pkg/config/kube/crdclient/client.go, inRevision;
 * pilot/pkg/config/kube/gateway/controller.go, inRevision.
 */
export function readByIstiod<C extends ClusterReader>(
  cluster: C,
  { mesh, run }: { readonly mesh: Mesh; readonly run: Run },
): C {
  const kept = keepingIf(({ revision }: OfRevision) => !isReadByNone(revision, mesh));
  const keptEntries = keepingIf(
    ({ managed, labels }: LiveServiceEntry) => managed || !isReadByNone(labels[REVISION], mesh),
  );
  return {
    ...cluster,
    serviceEntries: (namespace, host) => keptEntries(cluster.serviceEntries(namespace, host)),
    serviceEntriesAnywhere: (host) => keptEntries(cluster.serviceEntriesAnywhere(host)),
    serviceEntriesBelow: (wildcard) => keptEntries(cluster.serviceEntriesBelow(wildcard)),
    virtualServicesAnywhere: (host) => kept(cluster.virtualServicesAnywhere(host)),
    virtualServicesBelow: (wildcard) => kept(cluster.virtualServicesBelow(wildcard)),
    gatewayRoutesOf: (parent) => kept(cluster.gatewayRoutesOf(parent)),
    registrations: (namespace) => {
      const all = cluster.registrations(namespace);
      return run.derive('registrations that istiod reads', namespace, [all], () => ({
        services: all.services,
        serviceEntries: keptEntries(all.serviceEntries),
      }));
    },
    istioConfig: (namespace) => {
      const all = cluster.istioConfig(namespace);
      return run.derive('Istio objects that istiod reads', namespace, [all], () => configOf(all, kept));
    },
  };
}

const configOf = (
  config: IstioConfig,
  kept: <T extends OfRevision>(objects: readonly T[]) => readonly T[],
): IstioConfig => ({
  virtualServices: kept(config.virtualServices),
  gatewayRoutes: kept(config.gatewayRoutes),
  destinationRules: kept(config.destinationRules),
  envoyFilters: kept(config.envoyFilters),
  telemetries: kept(config.telemetries),
  authorizationPolicies: kept(config.authorizationPolicies),
  requestAuthentications: kept(config.requestAuthentications),
});

/** Gives the same list where nothing is left out of it. */
const keepingIf =
  <All>(isKept: (object: All) => boolean) =>
  <T extends All>(objects: readonly T[]): readonly T[] =>
    objects.every(isKept) ? objects : objects.filter(isKept);
