// What other people's configuration makes of a host that is granted.
import { isExportedTo } from '../domain/cluster.ts';
import { exportToByDefault } from '../domain/mesh.ts';
import type { Configuration, Snapshot } from '../domain/model.ts';
import type { VirtualService } from '../domain/routing.ts';
import type { Finding } from './answer.ts';
import type { Destination } from './destination.ts';
import { fullName } from './hosts.ts';
import type { Registry } from './registry.ts';

export type Override = {
  readonly destination: Destination;
  /** As a Sidecar lists it: the host that is called. */
  readonly host: string;
  readonly finding: Finding;
};

/** A VirtualService that our namespace can see, and its hosts by their full names. */
export type VisibleRoutes = { readonly virtualService: VirtualService; readonly names: readonly string[] };

export const routesIn = (
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
  readonly registry: Registry;
  readonly configuration: (namespace: string) => Configuration;
};
