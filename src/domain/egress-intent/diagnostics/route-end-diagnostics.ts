// Diagnostics of routes whose ends are not reached as without the intents: no cluster, another registration, another protocol. None of these objects
// is touched.
import { namespaceOf, OMIT_PORTS, row, serviceEntryText } from '../diagnostic-row.ts';
import { partsOf } from '../../istio/egress-host.ts';

export type RouteToEnd = {
  /** With its kind: `HTTPRoute green/api`. */
  readonly route: string;
  /** The host to which calls are routed, with its port where the route names one. */
  readonly destination: string;
};

type UnreachableEnd = {
  /** The registration of the destination that these pods use, if it is that which lacks the port: `namespace/host`. */
  readonly registration?: string;
  /** The ServiceEntry that has the port and registers the destination without the intents, if that registration is one of another namespace: `namespace/name`. */
  readonly serviceEntry?: string;
  /** The host to which the destination leads, if that is an ExternalName Service. */
  readonly target?: string;
  /** True if an entry grants the destination, but the Sidecar has no listener for its port, as `PortNotGranted` says. */
  readonly granted?: true;
  /** True if the Service of the destination uses the number for UDP first. */
  readonly udp?: true;
  /** What registers the destination first in the namespace of its ServiceEntry, with its kind, if these pods may not use that. */
  readonly hidden?: string;
};

/** Why calls do not reach the destination, and what to do. */
function unreachableText(
  destination: string,
  { registration, serviceEntry, target, granted, udp, hidden }: UnreachableEnd,
): string {
  if (hidden !== undefined)
    return `a route to that host finds only ${hidden}, which takes precedence over the other registrations in its namespace and is not exported to this one. Grant ${destination} too, with serviceEntry and its namespace, or ask the owner of ${hidden} to export it or to remove the host from it`;
  if (target !== undefined)
    return `that is an ExternalName Service for ${target}, and Istio follows it only if these pods may call ${target} on that port and, where a VirtualService is for the name of the ExternalName Service, are granted its whole namespace. Grant ${target} too, or ask the owner of the route to lead it to ${target}, and grant that`;
  if (registration !== undefined && serviceEntry !== undefined)
    return `these pods use the registration ${registration} of that host, and may not call that port of it. ServiceEntry ${serviceEntry} has the port: ${soleRemedy(registration, serviceEntry)}`;
  if (registration !== undefined)
    return `these pods use the registration ${registration} of that host, and may not call that port of it. Grant ${destination} too, in the entry that grants this host`;
  if (udp === true)
    return `that Service also has a UDP port with the same number, and since an entry for these pods is limited to some ports, Istio keeps only that one. Ask the owner of the Service to move UDP to a Service of its own, or grant every port (${OMIT_PORTS}) in each entry for these pods`;
  return granted === true
    ? `the entry is limited to some ports, and that port has no listener (see PortNotGranted), so Istio builds no cluster for it. Grant every port (${OMIT_PORTS})`
    : `since the entry is limited to some ports, Istio builds no cluster for that destination. Grant every port (${OMIT_PORTS}), or grant ${destination} too`;
}

/** How the pods come to use the ServiceEntry instead of the registration of another namespace. */
function soleRemedy(registration: string, serviceEntry: string): string {
  const { name: host } = partsOf(registration);
  return `to use that one, write ${serviceEntryText(host, namespaceOf(serviceEntry))}, and grant these pods no other registration of ${host}`;
}

const UNREACHABLE = {
  RouteEndUnreachable: row<
    RouteToEnd &
      UnreachableEnd & {
        /** The port that is called. */
        readonly port: number;
      }
  >({
    severity: 'refused',
    message: ({ route, destination, port, ...end }) =>
      `${route} sends calls on port ${port}, or a share of them, to ${destination}, where they fail with status 503 and mirrored copies are lost: ${unreachableText(destination, end)}`,
    documentation: {
      meaning:
        'A VirtualService sends calls, or a share of them, to a destination for which Istio builds no cluster: for an entry that is limited to some ports, Istio knows only destinations on the same port; of a host that the pods may call, it knows only the granted ports, of the registration that they use; and of the host to which an ExternalName Service leads, it knows nothing unless these pods may call it.',
      remedy: 'Omit `ports` in the entry, or grant the other destination too.',
    },
    examples: [
      {
        route: 'VirtualService green/canary',
        destination: 'api-canary.green.svc.cluster.local:8080',
        port: 80,
      },
      {
        route: 'VirtualService green/copies',
        destination: 'audit.green.svc.cluster.local:5432',
        port: 80,
        granted: true,
      },
      {
        route: 'VirtualService shop/to-partner',
        destination: 'partner.example.com:443',
        port: 80,
        registration: 'shop/partner.example.com',
      },
      {
        route: 'VirtualService shop/to-partner',
        destination: 'partner.example.com:443',
        port: 80,
        registration: 'tools/partner.example.com',
        serviceEntry: 'istio-system/partner',
      },
      {
        route: 'VirtualService green/to-dns',
        destination: 'dns.green.svc.cluster.local:443',
        port: 443,
        udp: true,
      },
      {
        route: 'VirtualService green/to-alias',
        destination: 'alias.green.svc.cluster.local',
        port: 80,
        target: 'api.blue.svc.cluster.local',
      },
      {
        route: 'VirtualService partners/copies',
        destination: 'audit.example.com',
        port: 80,
        hidden: 'ServiceEntry partners/internal',
      },
    ],
    exception: {
      kind: 'unreachable',
      difference:
        'Calls fail that a VirtualService sends to another port, to the host behind an ExternalName Service, or to a registration that lacks the port.',
      cause:
        'A listener for one port imports only destinations on that port, a pod uses one registration of a host, and Istio builds no cluster for the target of an alias that the pod may not call.',
    },
  }),
  RouteDisplacesHost: row<{
    /** With its kind. */
    readonly route: string;
    /** The host that cannot be called, as a Sidecar lists it. */
    readonly host: string;
  }>({
    severity: 'refused',
    message: ({ route, host }) =>
      `calls to ${host} fail with status 503, or end at another registration of that name: ${route}, which Istio imports for other calls of these pods, leads to the name too, and Istio keeps what it finds first. Grant every port (${OMIT_PORTS}) of the hosts that ${route} routes, or ask its owner to lead it elsewhere`,
    documentation: {
      meaning:
        'Entries that are limited to some ports make listeners of their own. A VirtualService that one of them imports leads to a host that a later listener lists under another namespace, or that uses one number for UDP and TCP. Istio keeps what it finds first.',
      remedy: 'Omit `ports` in the entry for which the VirtualService is imported.',
    },
    examples: [{ route: 'VirtualService istio-system/wild', host: 'partners/b.example.com' }],
    exception: {
      kind: 'unreachable',
      difference: 'A host is unreachable because a route leads to another registration of its name.',
      cause: 'A pod uses one registration of a name, that which Istio finds first.',
    },
  }),
};

type RoutedPort = {
  /** With its kind. */
  readonly route: string;
  /** The called host, as a Sidecar lists it. */
  readonly host: string;
  readonly port: number;
};

const REPLACED = {
  RouteEndReplaced: row<
    RouteToEnd & {
      /** `namespace/name` of the ServiceEntry that registers the destination without the intents. */
      readonly serviceEntry: string;
      /** What these pods use: `namespace/host`. */
      readonly registration: string;
      /** True if that is a ServiceEntry of another namespace, and not what we register. */
      readonly foreign?: true;
    }
  >({
    severity: 'warning',
    message: ({ route, destination, serviceEntry, registration, foreign }) => {
      const remedy =
        foreign === true
          ? soleRemedy(registration, serviceEntry)
          : 'in every intent of the namespace, grant only ports that this ServiceEntry has';
      return `${route} sends these calls, or copies of them, to ${destination}, where they now use the registration ${registration} instead of ServiceEntry ${serviceEntry}: ${remedy}`;
    },
    documentation: {
      meaning:
        'A VirtualService leads to a host that an intent of the namespace grants with ports that its ServiceEntry lacks. The host is registered anew for the namespace, and routes that lead to it use that registration. Or another namespace registers the host too, and the pods use that registration: it is granted to them, or it is the oldest and none is granted.',
      remedy:
        'Grant the destination only with ports that its ServiceEntry has, or ask its owner to add the port. Where the message names the registration of another namespace, grant the ServiceEntry instead of that one.',
    },
    examples: [
      {
        route: 'VirtualService istio-system/mirror',
        destination: 'partner.example.com:443',
        serviceEntry: 'istio-system/partner',
        registration: 'shop/partner.example.com',
      },
      {
        route: 'VirtualService istio-system/mirror',
        destination: 'partner.example.com:443',
        serviceEntry: 'istio-system/partner',
        registration: 'tools/partner.example.com',
        foreign: true,
      },
    ],
  }),
  TlsCalledAsTcp: row<RoutedPort>({
    severity: 'warning',
    message: ({ route, host, port }) =>
      `${route} routes calls to port ${port} of ${host} as plain TCP and no longer by their server name, since these pods also call plain TCP on port ${port} and their entries are limited to some ports: grant every port of ${host} (${OMIT_PORTS}), or grant the hosts with plain TCP to other pods`,
    documentation: {
      meaning:
        'The pods may call a TLS port and a plain TCP port of the same number. Istio then treats both as TCP: the `tls` routes of a VirtualService do not apply, and its `tcp` routes do.',
      remedy: 'Omit `ports` in the entry for the TLS host, or grant the two hosts to different pods.',
    },
    examples: [{ route: 'VirtualService shop/api', host: 'shop/api.shop.svc.cluster.local', port: 8443 }],
  }),
  TlsRouteOmitsHost: row<RoutedPort>({
    severity: 'warning',
    message: ({ route, host, port }) =>
      `calls to port ${port} of ${host} fail for every server name that no tls route names, since ${route} has tls routes for these pods and none whose sniHosts include this host: ask its owner to keep it from this namespace, with exportTo or with match.sourceNamespace in its tls routes`,
    documentation: {
      meaning:
        'A VirtualService for a name of the host has `tls` routes that apply to the pods. Istio then gives Envoy these routes and none for the host itself. For a wildcard it is enough that one name below it has such a route.',
      remedy:
        'Keep the VirtualService from the namespace with `exportTo`, or its `tls` routes with `match.sourceNamespace`; or route the other names too, in a VirtualService for the host.',
    },
    examples: [{ route: 'VirtualService shop/one', host: 'shop/*.example.com', port: 443 }],
  }),
};

export const ROUTE_END_DIAGNOSTICS = { ...UNREACHABLE, ...REPLACED };
