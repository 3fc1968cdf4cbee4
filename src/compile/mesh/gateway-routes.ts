// Routes of the Gateway API as the VirtualServices that istiod makes of them: one for each route and host of its parents. istiod joins the
// HTTP routes that a namespace has for one host; since they are imported by the same name, they can be looked at one by one.
import type { ClusterReader } from '../../cluster/cluster-reader.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { featuresOf } from '../../domain/features.ts';
import { isWildcard } from '../../domain/istio/egress-host.ts';
import { serviceHost } from '../../domain/istio/service-host.ts';
import {
  parentKey,
  type GatewayRoute,
  type RouteBackend,
  type RouteParent,
} from '../../domain/kinds/gateway-route.ts';
import type { Route, RouteDestination, VirtualService } from '../../domain/kinds/virtual-service.ts';

/**
 * A route with its parents' hosts: those of Services and ServiceEntries that exist. It has no routes for a host to whose calls it does not apply; for a name
 * that is no wildcard Istio takes it all the same for the closest VirtualService, which keeps one for a wildcard away.
 */
export function virtualServicesOf(route: GatewayRoute, snapshot: Snapshot): readonly VirtualService[] {
  const { kind, namespace, name, parents } = route;
  if (kind === 'TCPRoute' && !featuresOf(snapshot.settings.istioVersion).tcpRoutes) return [];
  const attached = parents.flatMap((parent) =>
    hostsOfParent(parent, snapshot)
      .map((host) => ({ host, parent, effect: effectOn(host, parent, route, snapshot) }))
      .filter(({ effect }) => effect !== 'none'),
  );
  return [...Map.groupBy(attached, ({ host }) => host)].map(([host, ofHost]) => {
    const routing = ofHost.filter(({ effect }) => effect === 'routes').map(({ parent }) => parent);
    return {
      kind,
      namespace,
      name,
      exportTo: [],
      hosts: [host],
      spellings: [],
      isForMesh: true,
      routes: routing.length === 0 ? [] : routesFor(host, portsOf(routing), route, snapshot),
    };
  });
}

/** The hosts of its parents, whether or not the route applies to calls of the namespace: a listener that imports it routes them otherwise all the same. */
export const parentHostsOf = ({ parents }: GatewayRoute, snapshot: Snapshot): readonly string[] =>
  parents.flatMap((parent) => hostsOfParent(parent, snapshot));

function hostsOfParent(
  { kind, namespace, name }: RouteParent,
  { cluster, settings }: Snapshot,
): readonly string[] {
  if (kind === 'Service') {
    const exists = cluster.service(namespace, name) !== undefined;
    return exists ? [serviceHost(name, namespace, settings.clusterDomain)] : [];
  }
  const { serviceEntries } = cluster.registrations(namespace);
  return serviceEntries.filter((entry) => entry.name === name).flatMap(({ hosts }) => hosts);
}

/**
 * HTTP routes apply only in the namespace of the parent (to calls from everywhere) or in that of the caller, whose own routes win, and never to a wildcard;
 * others apply from any namespace. Source: istio/istio pilot/pkg/networking/core/route/route.go, buildSidecarVirtualHostsForVirtualService.
 */
function effectOn(
  host: string,
  parent: RouteParent,
  { kind, namespace }: GatewayRoute,
  { namespace: caller, cluster }: Snapshot,
): 'routes' | 'hidesWildcards' | 'none' {
  if (PROTOCOLS[kind] !== 'http') return 'routes';
  if (isWildcard(host)) return 'none';
  if (namespace === caller) return 'routes';
  if (namespace !== parent.namespace) return 'hidesWildcards';
  return isRoutedBy(caller, parent, cluster) ? 'none' : 'routes';
}

/** True if a namespace has HTTP routes of its own for every call to which those of the parent with this port would apply. */
const isRoutedBy = (namespace: string, parent: RouteParent, { gatewayRoutesOf }: ClusterReader): boolean =>
  gatewayRoutesOf(parentKey(parent)).some(
    (route) =>
      route.namespace === namespace &&
      PROTOCOLS[route.kind] === 'http' &&
      route.parents.some(
        (other) =>
          parentKey(other) === parentKey(parent) && (other.port === undefined || other.port === parent.port),
      ),
  );

/** The ports of a parent to which a route applies; none for every port. */
const portsOf = (parents: readonly RouteParent[]): readonly number[] =>
  parents.every(({ port }) => port !== undefined) ? parents.flatMap(({ port }) => port ?? []) : [];

const PROTOCOLS = { HTTPRoute: 'http', GRPCRoute: 'http', TLSRoute: 'tls', TCPRoute: 'tcp' } as const;

function routesFor(
  host: string,
  ports: readonly number[],
  { kind, hostnames, rules }: GatewayRoute,
  { settings }: Snapshot,
): readonly Route[] {
  const sniHosts = hostnames.length > 0 ? hostnames : [host];
  return rules.map(({ backends }) => ({
    protocol: PROTOCOLS[kind],
    sniHosts: kind === 'TLSRoute' ? sniHosts : [],
    matches: ports.map((port) => ({ port, sourceNamespace: '', sourceLabels: {} })),
    destinations: backends.map((backend) => destinationOf(backend, settings.clusterDomain)),
  }));
}

const destinationOf = (backend: RouteBackend, clusterDomain: string): RouteDestination => ({
  host:
    backend.kind === 'Hostname' ? backend.name : serviceHost(backend.name, backend.namespace, clusterDomain),
  port: backend.port,
});
