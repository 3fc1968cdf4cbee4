// Diagnostics about the configuration of the mesh: MeshConfig, Sidecars of others, and where DestinationRules tunnel calls.
import { atEndOf, row } from '../diagnostic-row.ts';

export const MESH_DIAGNOSTICS = {
  MeshConfigUnreadable: row<{
    /** `namespace/name`. */
    readonly configMap: string;
    readonly problem: string;
    /** True if an older version could be read. */
    readonly isKnown: boolean;
  }>({
    severity: 'warning',
    message: ({ configMap, problem, isKnown }) =>
      `the MeshConfig in ConfigMap ${configMap} cannot be read: ${problem}. ${isKnown ? 'Its last readable version counts' : "Istio's defaults count instead"}: ask the platform team to correct it`,
    documentation: {
      meaning:
        'The MeshConfig of Istio cannot be read, so its root namespace, its providers, its defaults of `exportTo` and whether proxies answer DNS are those of its last readable version or, if there was none since the controller started, the defaults of Istio.',
      remedy: 'Ask the platform team to correct the ConfigMap; the message names the field.',
    },
    examples: [
      {
        configMap: 'istio-system/istio',
        problem: 'data.mesh.rootNamespace: must be of type string, not array',
        isKnown: true,
      },
      { configMap: 'istio-system/istio', problem: 'data.mesh: is not YAML: unexpected end', isKnown: false },
    ],
  }),
  SidecarDisplaced: row<{
    /** `namespace/name`. */
    readonly sidecar: string;
    /** What its pods lose, by the fields of its spec, in the order of these. */
    readonly fields: readonly string[];
  }>({
    severity: 'warning',
    message: ({ sidecar, fields }) =>
      `Sidecar ${sidecar} no longer governs the pods of this intent, so they lose what it sets with ${fields.join(', ')}: if they need that, write mode: Audit, or ask its owner to do without it`,
    documentation: {
      meaning:
        'Istio gives a pod one Sidecar, and one that selects its labels before one for the whole namespace. A Sidecar of the namespace that is not ours sets listeners besides `egress.hosts`: those for inbound calls (`ingress`), their connections (`inboundConnectionPool`), or those that a pod calls at an address of their own (`egress[].bind`, `captureMode: NONE`). The Sidecar of the intent has none of them.',
      remedy:
        'If the pods need these listeners, keep the intent in mode `Audit`. A port of a Service that leads to another port of the pod is better written as `targetPort` of the Service.',
    },
    examples: [{ sidecar: 'shop/default', fields: ['ingress'] }],
  }),
  EnvoyFilterCallsHost: row<{ readonly envoyFilter: string; readonly host: string }>({
    severity: 'warning',
    message: ({ envoyFilter, host }) =>
      `EnvoyFilter ${envoyFilter} lets the proxies of these pods call ${host}, which no entry grants, so these calls fail: grant that host to these pods, or ask the owner of the EnvoyFilter to leave them out`,
    documentation: {
      meaning:
        'An EnvoyFilter names a cluster of Istio (`outbound|PORT||HOST`), such as that of a rate limiter or an authorizer. Istio gives a proxy only the clusters of hosts that its Sidecar lists, so what the filter does fails, also for inbound calls.',
      remedy:
        'Grant the service to the pods, which may then call it too. Or ask the owner of the EnvoyFilter for a `workloadSelector` without these pods.',
    },
    examples: [{ envoyFilter: 'shop/ratelimit', host: 'ratelimit.platform.svc.cluster.local' }],
  }),
  DestinationRuleTunnels: row<{
    readonly host: string;
    readonly destinationRule: string;
    /** `host:port`. */
    readonly target: string;
    /** What leads granted calls to the host, if it is not the called one. */
    readonly route?: string;
  }>({
    severity: 'warning',
    message: ({ host, destinationRule, target, route }) =>
      `DestinationRule ${destinationRule} tunnels TCP and TLS calls to ${host}${atEndOf(route)} through that host to ${target}, where they end: check that these pods may call ${target}, or ask its owner to remove trafficPolicy.tunnel`,
    documentation: {
      meaning:
        'A DestinationRule with `trafficPolicy.tunnel` makes a granted host, or one to which a route leads its calls, a proxy: TCP and TLS calls to it end at the host that the rule names, whether or not that host is granted.',
      remedy:
        'Check that the pods may call the other host. If not, ask the owner of the DestinationRule to remove the tunnel, or to hide the rule from your namespace with `exportTo`.',
    },
    examples: [
      { host: 'shop/proxy.example.com', destinationRule: 'shop/tunnel', target: 'api.example.com:443' },
      {
        host: 'green/proxy.green.svc.cluster.local',
        destinationRule: 'green/tunnel',
        target: 'api.example.com:443',
        route: 'VirtualService green/api',
      },
    ],
  }),
  ServiceEntriesHidden: row<{
    readonly host: string;
    /** `namespace/name`. */
    readonly configMap: string;
  }>({
    severity: 'refused',
    message: ({ host, configMap }) =>
      `${host} cannot be called: serviceEntryVisibility of the MeshConfig in ConfigMap ${configMap} hides every ServiceEntry of this namespace, ours too: ask the platform team for a policy with visibility NAMESPACE or PUBLIC, or grant a Service or the ServiceEntry of another namespace`,
    documentation: {
      meaning:
        'Since Istio 1.31 the platform team can hide the ServiceEntries of a namespace from everybody. A `host` or `cidr` entry then has no effect, since the ServiceEntry that the controller writes for it is hidden.',
      remedy:
        'Ask the platform team for a policy of `serviceEntryVisibility` that leaves the ServiceEntries of the namespace visible in it.',
    },
    examples: [{ host: 'api.example.com', configMap: 'istio-system/istio' }],
    exception: {
      kind: 'refused',
      difference: 'An entry is refused.',
      cause: 'MeshConfig hides every ServiceEntry of the namespace.',
    },
  }),
};
