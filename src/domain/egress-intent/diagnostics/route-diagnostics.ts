// Diagnostics of routing that others own and that decides where granted calls end: VirtualServices, DestinationRules, EnvoyFilters. None of
// these objects is touched.
import { atEndOf, row } from '../diagnostic-row.ts';
import { notFollowedText, type RouteNotFollowedReason } from './route-not-followed.ts';
import { ROUTE_END_DIAGNOSTICS, type RouteToEnd } from './route-end-diagnostics.ts';

const FOLLOWING = {
  RouteFollowed: row<
    RouteToEnd & {
      /** True if nobody registers the called host without the intents, so that Istio does not route these calls then. */
      readonly onlyNow?: true;
    }
  >({
    severity: 'note',
    message: ({ route, destination, onlyNow }) =>
      `${route} routes these calls to ${destination}, ${onlyNow === true ? 'now that their host is registered for the intent' : 'as it does without the intent'}: to let these pods call ${destination} directly, grant it too`,
    documentation: {
      meaning:
        'A VirtualService of your namespace, of the namespace of the host, of a root namespace or of a trusted one sends calls that the entry allows on to another destination. The intent does not change that, unless nobody but the controller registers the host: Istio applies routes on other ports than 80 only to hosts that are registered.',
      remedy: 'Nothing is wrong. The note says where granted calls end.',
    },
    examples: [
      { route: 'VirtualService green/canary', destination: 'api-canary.green.svc.cluster.local' },
      {
        route: 'VirtualService shop/egress',
        destination: 'gateway.tools.svc.cluster.local:443',
        onlyNow: true,
      },
    ],
  }),
  RouteNotFollowed: row<{
    /** With its kind: `HTTPRoute green/api`. */
    readonly route: string;
    /** That of the route. */
    readonly namespace: string;
    /** The called host, as a Sidecar lists it. */
    readonly host: string;
    readonly reason: RouteNotFollowedReason;
  }>({
    severity: 'warning',
    message: ({ route, namespace, host, reason }) =>
      `${route} no longer routes calls to ${host}, because ${notFollowedText(reason, namespace)}`,
    documentation: {
      meaning:
        'A VirtualService applies to a granted host without the intent, but not with it: calls go to the host directly. The message says why.',
      remedy: 'The message names the remedy for each cause.',
    },
    examples: [
      {
        route: 'VirtualService tools/api',
        namespace: 'tools',
        host: 'green/api.green.svc.cluster.local',
        reason: 'untrusted',
      },
      {
        route: 'VirtualService istio-system/partial',
        namespace: 'istio-system',
        host: 'shop/a-api.example.com',
        reason: 'notNameable',
      },
      {
        route: 'VirtualService istio-system/many',
        namespace: 'istio-system',
        host: 'shop/www.example.com',
        reason: 'otherHosts',
      },
      {
        route: 'VirtualService istio-system/api',
        namespace: 'istio-system',
        host: 'entries/www.example.com',
        reason: 'otherRegistration',
      },
      {
        route: 'VirtualService istio-system/to-b',
        namespace: 'istio-system',
        host: 'shop/a.example.com',
        reason: 'otherEnd',
      },
      {
        route: 'VirtualService shop/canary',
        namespace: 'shop',
        host: 'green/api.green.svc.cluster.local',
        reason: 'otherPort',
      },
      {
        route: 'VirtualService istio-system/part',
        namespace: 'istio-system',
        host: 'shop/*.api.example.com',
        reason: 'widerWildcard',
      },
      {
        route: 'VirtualService istio-system/egress',
        namespace: 'istio-system',
        host: 'shop/www.example.com',
        reason: 'upperCase',
      },
      {
        route: 'VirtualService shop/db',
        namespace: 'shop',
        host: 'green/db.green.svc.cluster.local',
        reason: 'tlsListener',
      },
    ],
  }),
  RouteImportedAlong: row<{
    /** As in `VirtualService partners/both`. */
    readonly route: string;
    /** The called host, as a Sidecar lists it. */
    readonly host: string;
    /** The VirtualService that loses these calls, if no route of the other applies to them. */
    readonly kept?: string;
  }>({
    severity: 'warning',
    message: ({ route, host, kept }) =>
      kept !== undefined
        ? `${kept} does not route calls to ${host}, since ${route} has a host that is closer to that name, although none of its routes applies. Istio imports ${route} because these pods may call other hosts of its namespace: ask its owner to remove that host from it, or the platform team to trust its namespace with --trusted-namespace`
        : `${route} routes calls to ${host} too, since these pods may call its other hosts and Istio imports it whole: ask its owner to move what it says about ${host} into a VirtualService of its own, or the platform team to trust its namespace with --trusted-namespace`,
    documentation: {
      meaning:
        'A VirtualService of a namespace that is not followed for a granted host applies to it all the same: it is imported for another host that the pods may call.',
      remedy: 'Ask the owner of the VirtualService to split it, or to limit it with `exportTo`.',
    },
    examples: [
      { route: 'VirtualService partners/both', host: 'green/api.green.svc.cluster.local' },
      {
        route: 'HTTPRoute partners/api',
        host: 'green/api.green.svc.cluster.local',
        kept: 'VirtualService green/every-service',
      },
    ],
  }),
};

const OVERRIDES = {
  RouteOpensHosts: row<{
    /** As in `VirtualService green/two`. */
    readonly route: string;
    /** The further hosts for which calls get through, wildcards as written. */
    readonly hosts: readonly string[];
  }>({
    severity: 'overridden',
    message: ({ route, hosts }) =>
      `${route}, which Istio imports whole for these calls, also lets calls through for ${hosts.join(', ')}, which these pods are not granted on all of these ports: grant ${hosts.length === 1 ? 'that host' : 'these hosts'} too, limit this entry to ports that ${hosts.length === 1 ? 'it has' : 'they have'}, or ask the owner to put ${hosts.length === 1 ? 'it' : 'them'} into another VirtualService`,
    documentation: {
      meaning:
        'A VirtualService of the namespace of a granted host has further hosts. Istio imports it for the granted one, and calls for the others then get through on the same listener.',
      remedy:
        'Grant the other hosts as well; where one of them lacks a port that the entry grants, limit the entry with `ports`. Or ask the owner to split the VirtualService.',
    },
    examples: [
      { route: 'VirtualService green/two', hosts: ['admin.green.svc.cluster.local'] },
      { route: 'VirtualService green/many', hosts: ['a.example.com', 'b.example.com'] },
    ],
  }),
  VirtualServiceReroutes: row<RouteToEnd>({
    severity: 'overridden',
    message: ({ route, destination }) =>
      `${route} routes these calls to ${destination}, which these pods are not granted: grant that host too, or ask its owner to exclude this namespace with exportTo or match.sourceNamespace`,
    documentation: {
      meaning:
        'A VirtualService of a namespace that is not followed for the host sends calls that the entry allows on to a host that no intent grants to these pods. It is imported because the pods may call other hosts of its namespace, and Istio allows the rerouted call.',
      remedy:
        'Grant the other destination as well, or ask the owner of the VirtualService to exclude your namespace.',
    },
    examples: [{ route: 'VirtualService green/canary', destination: 'api-canary.green.svc.cluster.local' }],
  }),
  DestinationRulePassthrough: row<{
    readonly host: string;
    readonly destinationRule: string;
    /** What leads granted calls to the host, if it is not the called one. */
    readonly route?: string;
  }>({
    severity: 'overridden',
    message: ({ host, destinationRule, route }) =>
      `DestinationRule ${destinationRule} lets the client choose the address for ${host}${atEndOf(route)} (PASSTHROUGH), so a pod that spoofs the name can reach any address: ask its owner to remove PASSTHROUGH, or to hide the rule from this namespace with exportTo`,
    documentation: {
      meaning:
        'A DestinationRule with the load balancer `PASSTHROUGH` sends calls for the host to whatever address the client uses. The host is the granted one, or one to which a route leads its calls.',
      remedy: 'Ask the owner of the DestinationRule to remove it, or to hide the rule from your namespace.',
    },
    examples: [
      { host: 'shop/api.example.com', destinationRule: 'istio-system/everything' },
      {
        host: 'green/canary.green.svc.cluster.local',
        destinationRule: 'green/canary',
        route: 'VirtualService green/api',
      },
    ],
  }),
  EnvoyFilterPresent: row<{ readonly envoyFilter: string }>({
    severity: 'warning',
    message: ({ envoyFilter }) =>
      `EnvoyFilter ${envoyFilter} changes how the proxies of these pods handle outbound calls, which the controller cannot check: make sure that it does not allow more than the intent`,
    documentation: {
      meaning:
        'An EnvoyFilter of the namespace or of the root namespace patches outbound listeners, routes or clusters of these pods. It can do anything, so only a person can judge it.',
      remedy: 'Review the EnvoyFilter. The warning stays as long as it applies to these pods.',
    },
    examples: [{ envoyFilter: 'istio-system/headers' }],
  }),
};

export const ROUTE_DIAGNOSTICS = { ...FOLLOWING, ...ROUTE_END_DIAGNOSTICS, ...OVERRIDES };
