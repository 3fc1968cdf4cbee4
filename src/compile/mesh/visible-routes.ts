// The VirtualServices that a namespace can see, with those that istiod makes of routes of the Gateway API.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, isWildcard, lookupNames, wildcardsAbove } from '../../domain/istio/egress-host.ts';
import { fullName, serviceOfHost } from '../../domain/istio/service-host.ts';
import { exportToByDefault, isExportedTo } from '../../domain/istio/visibility.ts';
import { parentKey, type GatewayRoute } from '../../domain/kinds/gateway-route.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';
import { virtualServicesOf } from './gateway-routes.ts';

/** `names` are the full names of its hosts. */
export type VisibleRoutes = { readonly virtualService: VirtualService; readonly names: readonly string[] };

/** Those of one namespace, without those for gateways only. */
export const visibleRoutes = (namespace: string, snapshot: Snapshot): readonly VisibleRoutes[] =>
  snapshot.run.derive('visible routes', namespace, [], () => {
    const { virtualServices, gatewayRoutes } = snapshot.cluster.istioConfig(namespace);
    return visibleAmong([...virtualServices, ...asVirtualServices(gatewayRoutes, snapshot)], snapshot);
  });

/** A text that identifies one of them. */
export const routesKey = ({ virtualService, names }: VisibleRoutes): string =>
  `${routeTitle(virtualService)} ${names.join()}`;

/** For people: `VirtualService green/api`. */
export const routeTitle = ({ kind, namespace, name }: VirtualService): string =>
  `${kind} ${namespace}/${name}`;

const asVirtualServices = (routes: readonly GatewayRoute[], snapshot: Snapshot): readonly VirtualService[] =>
  routes.flatMap((route) => virtualServicesOf(route, snapshot));

/** Those whose parent is the Service with this name, or a ServiceEntry with it or, for a wildcard, with a name below it. */
function gatewayRoutesNaming(name: string, snapshot: Snapshot): readonly VirtualService[] {
  const { cluster, settings } = snapshot;
  const [service, namespace] = serviceOfHost(name, settings.clusterDomain) ?? [];
  const entries = [
    ...[name, ...wildcardsAbove(name), '*'].flatMap(cluster.serviceEntriesAnywhere),
    ...(isWildcard(name) ? lookupNames(name).flatMap(cluster.serviceEntriesBelow) : []),
  ];
  const parents = [
    ...(service === undefined || namespace === undefined
      ? []
      : [parentKey({ kind: 'Service', namespace, name: service })]),
    ...entries.map((entry) =>
      parentKey({ kind: 'ServiceEntry', namespace: entry.namespace, name: entry.name }),
    ),
  ];
  const routes = new Set([...new Set(parents)].flatMap(cluster.gatewayRoutesOf));
  return asVirtualServices([...routes], snapshot).filter(({ hosts }) =>
    hosts.some((host) => areRelated(host, name)),
  );
}

/** Those of any namespace that apply to calls for a name; for a wildcard also those for names below it. In order of namespace and name. */
export const routesNaming = (name: string, snapshot: Snapshot): readonly VisibleRoutes[] =>
  snapshot.run.derive('routes for a name', name, [], () => findRoutesNaming(name, snapshot));

function findRoutesNaming(name: string, snapshot: Snapshot): readonly VisibleRoutes[] {
  const { cluster, settings } = snapshot;
  const [service, namespace] = serviceOfHost(name, settings.clusterDomain) ?? [];
  const byShortName =
    service === undefined
      ? []
      : cluster.virtualServicesAnywhere(service).filter((candidate) => candidate.namespace === namespace);
  const found = new Set([
    ...[name, ...wildcardsAbove(name), '*'].flatMap(cluster.virtualServicesAnywhere),
    ...byShortName,
    ...(isWildcard(name) ? lookupNames(name).flatMap(cluster.virtualServicesBelow) : []),
  ]);
  return [
    ...visibleAmong([...found], snapshot).filter(({ names }) => names.some((each) => areRelated(each, name))),
    ...visibleAmong(gatewayRoutesNaming(name, snapshot), snapshot),
  ];
}

/** Those that the namespace can see, without those for gateways only. */
export function visibleAmong(
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

/** True if the owner spells a name of the VirtualService in lower case, be it beside other spellings. */
export const isSpelledInLowerCase = (
  name: string,
  { virtualService: { spellings }, names }: VisibleRoutes,
): boolean =>
  names.filter((each) => each === name).length >
  spellings.filter((spelling) => spelling.toLowerCase() === name).length;

/**
 * True for a wildcard that its owner does not spell in lower case. Istio applies http routes for it to names that nobody registers, and ignores it for
 * registered hosts: it looks for these among the wildcards as spelled, and once more in lower case. Source: istio/istio pilot/pkg/model/sidecar.go,
 * computeWildcardHostVirtualServiceIndex, and pilot/pkg/networking/core/route/route.go, separateVSHostsAndServices.
 */
export const isUpperCaseWildcard = (name: string, routes: VisibleRoutes): boolean =>
  isWildcard(name) && !isSpelledInLowerCase(name, routes);

/** True if one of two names covers the other: Istio imports a VirtualService by either. */
export const areRelated = (a: string, b: string): boolean => covers(a, b) || covers(b, a);
