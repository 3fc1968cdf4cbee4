// VirtualServices for other names of a Service than its full one: shorter ones, its addresses, and the names of its pods. For Istio each is a host that
// nobody registers, so it gets a virtual host of its own, on port 80 only. Source: istio/istio pilot/pkg/networking/core/route/route.go,
// buildSidecarVirtualHostsForVirtualService.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isFurtherName, serviceOfHost, shorterNames } from '../../domain/istio/service-host.ts';
import { serviceAt } from './service-names.ts';
import { visibleAmong, type VisibleRoutes } from './visible-routes.ts';

/** The port on which Istio routes calls for hosts that nobody registers. */
export const UNREGISTERED_PORT = 80;

/** VirtualServices for a further name of a host, each once for every such name that it has. */
export type FurtherRoutes = { readonly name: string; readonly routes: VisibleRoutes };

/** None for a host that is no Service. Names of pods count for a headless Service, of which they are. */
export const furtherRoutes = (host: string, snapshot: Snapshot): readonly FurtherRoutes[] =>
  snapshot.run.derive('routes for further names', host, [], () => findFurtherRoutes(host, snapshot));

function findFurtherRoutes(host: string, snapshot: Snapshot): readonly FurtherRoutes[] {
  const { cluster, settings } = snapshot;
  const [service, namespace] = serviceOfHost(host, settings.clusterDomain) ?? [];
  if (service === undefined || namespace === undefined) return [];
  const { kind, clusterIps = [] } = serviceAt(host, snapshot) ?? {};
  const shorter = shorterNames(service, namespace);
  const pods = kind === 'headless' ? [host, ...shorter].map((name) => `*.${name}`) : [];
  const found = new Set([
    ...[...shorter, ...clusterIps, ...pods].flatMap(cluster.virtualServicesAnywhere),
    ...pods.flatMap(cluster.virtualServicesBelow),
  ]);
  return visibleAmong([...found], snapshot).flatMap((routes) =>
    routes.names
      .filter((name) => clusterIps.includes(name) || isFurtherName(name, host, settings.clusterDomain))
      .map((name) => ({ name, routes })),
  );
}
