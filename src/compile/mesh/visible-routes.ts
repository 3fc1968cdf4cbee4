// The VirtualServices that a namespace can see.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, isWildcard, wildcardsAbove } from '../../domain/istio/egress-host.ts';
import { fullName, serviceOfHost } from '../../domain/istio/service-host.ts';
import { exportToByDefault, isExportedTo } from '../../domain/istio/visibility.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';

/** `names` are the full names of its hosts. */
export type VisibleRoutes = { readonly virtualService: VirtualService; readonly names: readonly string[] };

/** Those of one namespace, without those for gateways only. */
export const visibleRoutes = (namespace: string, snapshot: Snapshot): readonly VisibleRoutes[] =>
  visibleAmong(snapshot.cluster.istioConfig(namespace).virtualServices, snapshot);

/** Those of any namespace that apply to calls for a name; for a wildcard also those for names below it. In order of namespace and name. */
export function routesNaming(name: string, snapshot: Snapshot): readonly VisibleRoutes[] {
  const { cluster, settings } = snapshot;
  const [service, namespace] = serviceOfHost(name, settings.clusterDomain) ?? [];
  const byShortName =
    service === undefined
      ? []
      : cluster.virtualServicesAnywhere(service).filter((candidate) => candidate.namespace === namespace);
  const found = [
    ...[name, ...wildcardsAbove(name), '*'].flatMap(cluster.virtualServicesAnywhere),
    ...byShortName,
    ...(isWildcard(name) ? cluster.virtualServicesBelow(name) : []),
  ];
  return visibleAmong([...new Set(found)], snapshot);
}

function visibleAmong(
  virtualServices: readonly VirtualService[],
  snapshot: Snapshot,
): readonly VisibleRoutes[] {
  const byDefault = exportToByDefault(snapshot.mesh, 'VirtualService');
  return virtualServices
    .filter(
      (virtualService) =>
        virtualService.isForMesh && isExportedTo(virtualService, snapshot.namespace, byDefault),
    )
    .map((virtualService) => ({
      virtualService,
      names: virtualService.hosts.map((host) => fullName(host, virtualService.namespace, snapshot.settings)),
    }));
}

/** True if one of two names covers the other: Istio imports a VirtualService by either. */
export const areRelated = (a: string, b: string): boolean => covers(a, b) || covers(b, a);
