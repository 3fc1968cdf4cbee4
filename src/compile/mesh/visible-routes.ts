// The VirtualServices of a namespace that another namespace can see.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import { exportToByDefault, isExportedTo } from '../../domain/istio/visibility.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';

/** `names` are the full names of its hosts. */
type VisibleRoutes = { readonly virtualService: VirtualService; readonly names: readonly string[] };

export function visibleRoutes(namespace: string, snapshot: Snapshot): readonly VisibleRoutes[] {
  const byDefault = exportToByDefault(snapshot.mesh, 'VirtualService');
  return snapshot.cluster
    .istioConfig(namespace)
    .virtualServices.filter((virtualService) => isExportedTo(virtualService, snapshot.namespace, byDefault))
    .map((virtualService) => ({
      virtualService,
      names: virtualService.hosts.map((host) => fullName(host, namespace, snapshot.settings)),
    }));
}
