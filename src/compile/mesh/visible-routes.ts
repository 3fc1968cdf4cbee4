// What other people's configuration makes of a host that is granted.
import type { IstioConfig, Snapshot } from '../../cluster/snapshot.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';
import { fullName } from '../../domain/istio/egress-host.ts';
import type { ServiceRegistry } from './service-registry.ts';
import { isExportedTo, exportToByDefault } from '../../domain/istio/visibility.ts';

/** A VirtualService that our namespace can see, and its hosts by their full names. */
type VisibleRoutes = { readonly virtualService: VirtualService; readonly names: readonly string[] };

export const visibleRoutes = (
  namespace: string,
  { snapshot, configuration }: Pick<Sight, 'snapshot' | 'configuration'>,
): readonly VisibleRoutes[] => {
  const byDefault = exportToByDefault(snapshot.mesh, 'VirtualService');
  return configuration(namespace)
    .virtualServices.filter((virtualService) => isExportedTo(virtualService, snapshot.namespace, byDefault))
    .map((virtualService) => ({
      virtualService,
      names: virtualService.hosts.map((host) => fullName(host, namespace, snapshot.settings)),
    }));
};

/** Where to look. */
export type Sight = {
  readonly snapshot: Snapshot;
  readonly registry: ServiceRegistry;
  readonly configuration: (namespace: string) => IstioConfig;
};
