// A Sidecar that lists a whole namespace also imports the VirtualServices of the namespace, which act on hosts of other namespaces too. A
// VirtualService for none of its own namespace's hosts is excluded, where this version of Istio can; the rest is reported as interference.
// Source: istio/istio pilot/pkg/model/virtualservice.go, SelectVirtualServices.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Features } from '../../domain/features.ts';
import { covers, namespaceOf, partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { isNameIn, serviceNameIn } from '../../domain/istio/service-host.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import { parentHostsOf } from '../mesh/gateway-routes.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { visibleRoutes } from '../mesh/visible-routes.ts';
import type { Destination } from '../sidecar/destination.ts';

/** To be listed wherever their namespace is: `~namespace/host`. */
export function excludedRoutes(
  destinations: readonly Destination[],
  view: MeshView,
  { exclusions: canExclude }: Features,
): readonly string[] {
  const { registry, snapshot } = view;
  const { clusterDomain } = snapshot.settings;
  const namespaces = destinations
    .filter(({ host }) => canExclude && host.endsWith('/*'))
    .map(({ host }) => namespaceOf(host))
    .filter((namespace) => {
      const { virtualServices, gatewayRoutes } = snapshot.cluster.istioConfig(namespace);
      return virtualServices.length + gatewayRoutes.length > 0;
    });
  if (namespaces.length === 0) return [];
  const followed = followedNamespaces(snapshot);
  const listed = new Set(destinations.flatMap(({ host, aliases }) => [host, ...aliases]));
  const isGranted = (name: string): boolean =>
    [...listed]
      .map(partsOf)
      .some((each) =>
        each.name === '*'
          ? serviceNameIn(each.namespace, name, clusterDomain) !== undefined
          : covers(each.name, name),
      );
  return namespaces.flatMap((namespace) => {
    const registered = new Set(registry(`${namespace}/*`).map(({ host }) => host));
    const isOfOtherNamespace = (host: string): boolean =>
      !host.includes('*') &&
      isNameable(`~${namespace}/${host}`) &&
      !isNameIn(namespace, host, clusterDomain) &&
      !registered.has(host) &&
      !listed.has(`${namespace}/${host}`);
    const isFollowed = (names: readonly string[]): boolean =>
      followed.includes(namespace) && names.every(isGranted);
    return routedNames(namespace, snapshot)
      .filter((names) => names.length > 0 && names.every(isOfOtherNamespace) && !isFollowed(names))
      .flatMap((names) => names.map((host) => `~${namespace}/${host}`));
  });
}

/** The names of each VirtualService, and of each host of a route of the Gateway API, whether or not that applies to calls of the pods. */
function routedNames(namespace: string, snapshot: Snapshot): readonly (readonly string[])[] {
  const { gatewayRoutes } = snapshot.cluster.istioConfig(namespace);
  return [
    ...visibleRoutes(namespace, snapshot).map(({ names }) => names),
    ...gatewayRoutes.flatMap((route) => parentHostsOf(route, snapshot)).map((host) => [host]),
  ];
}
