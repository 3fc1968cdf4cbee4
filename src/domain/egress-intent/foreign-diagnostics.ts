// Diagnostics of objects that others own and that decide where calls end: ServiceEntries, VirtualServices, DestinationRules,
// EnvoyFilters; and of hosts whose address Istio leaves to the client. None of these objects is touched.
import { type HostName } from '../network.ts';
import { portsText, row, EXAMPLE_HOST } from './diagnostic-row.ts';

const REGISTRATIONS = {
  HostAlsoRegistered: row<{ readonly host: HostName; readonly serviceEntry: string }>({
    severity: 'warning',
    message: ({ host, serviceEntry }) =>
      `ServiceEntry ${serviceEntry} also registers ${host} and may decide where its calls go: delete that ServiceEntry, or write serviceEntry: {host: ${host}} instead of host`,
    documentation: {
      meaning:
        'A foreign ServiceEntry of the same namespace registers a `host` too. Istio uses the older of the two, and where a Sidecar lists a wildcard, a mixture of both.',
      remedy:
        'Keep one of the two: delete the foreign ServiceEntry, or grant it with `serviceEntry` instead of `host`.',
    },
    examples: [{ host: EXAMPLE_HOST, serviceEntry: 'shop/by-hand' }],
    exception: {
      kind: 'foreign',
      difference: 'A host is reached as a foreign ServiceEntry defines it.',
      cause: 'A namespace has one registration of a host, the foreign one or the managed one.',
    },
  }),
  ServiceEntryShadowed: row<{
    readonly host: string;
    /** The foreign ServiceEntry that the entry grants. */
    readonly serviceEntry: string;
    /** The managed ServiceEntry of the same host, which is older. */
    readonly managedServiceEntry: string;
    /** The ports that cannot be called through the foreign ServiceEntry. */
    readonly ports: readonly number[];
  }>({
    severity: 'refused',
    message: ({ host, serviceEntry, managedServiceEntry, ports }) =>
      `${portsText(ports)} of ${host} cannot be called through ServiceEntry ${serviceEntry}: Istio uses the older ServiceEntry ${managedServiceEntry}, which the controller wrote for an entry with host: ${host}. Grant these ports with host: ${host} too, or remove that entry`,
    documentation: {
      meaning:
        'The entry grants a host of a foreign ServiceEntry, but an intent of the namespace granted the same host with `host` before that ServiceEntry existed. Istio uses the older ServiceEntry, which is the managed one.',
      remedy: 'Use `host` in all intents of the namespace, or `serviceEntry` in all of them.',
    },
    examples: [
      {
        host: 'api.example.com',
        serviceEntry: 'shop/by-hand',
        managedServiceEntry: 'shop/egress-intent-api-example-com-d0c43d388506',
        ports: [443, 8443],
      },
    ],
    exception: {
      kind: 'unreachable',
      difference: 'Ports of a foreign ServiceEntry are unreachable.',
      cause: 'A namespace has one registration of a host, and the managed one was first.',
    },
  }),
};

const ADDRESSES = {
  HostSpoofable: row<{
    readonly destination: string;
    /** The version of Istio and how it is known, where a newer one could resolve the names of a TLS wildcard itself. */
    readonly olderIstio?: string;
  }>({
    severity: 'warning',
    message: ({ destination, olderIstio }) =>
      `Istio matches ${destination} by name only and lets the client choose the address, so a pod that spoofs the name can reach any address on these ports: ${spoofingRemedy(destination, olderIstio)}`,
    documentation: {
      meaning:
        'Istio sends calls for this name to whatever address the client uses: for a wildcard (except for TLS since Istio 1.30), for HTTP to a headless Service, and for a ServiceEntry with `resolution: NONE`. The grant holds for honest clients; a compromised pod can put the name on a call to another address.',
      remedy:
        'Restrict the addresses with a NetworkPolicy. Instead of a wildcard, grant exact hosts, whose names Envoy resolves itself; or grant the wildcard on TLS ports only, in every intent of the namespace, with Istio 1.30 or newer.',
    },
    examples: [
      { destination: 'db/pods' },
      { destination: '*.example.com' },
      { destination: '*.example.com', olderIstio: 'Istio 1.29 (Pod istio-system/istiod-1-29)' },
    ],
    exception: {
      kind: 'spoofable',
      difference: 'A pod that spoofs the name of the host reaches another address.',
      cause:
        'Calls to a wildcard (before Istio 1.30, or with a protocol other than TLS), HTTP to a headless Service and calls through `resolution: NONE` go wherever the client sends them.',
    },
  }),
};

function spoofingRemedy(destination: string, olderIstio: string | undefined): string {
  const policy = 'restrict the addresses with a NetworkPolicy';
  if (!destination.startsWith('*.')) return policy;
  if (olderIstio === undefined) {
    return `${policy}, grant exact hosts, or grant the wildcard on TLS ports only in every intent of the namespace`;
  }
  return `${policy}, or grant exact hosts (${olderIstio} cannot resolve the names of a TLS wildcard itself; 1.30 can)`;
}

const ROUTES = {
  VirtualServiceReroutes: row<{
    readonly virtualService: string;
    /** The host to which calls are routed, with its port where the route names one. */
    readonly destination: string;
  }>({
    severity: 'overridden',
    message: ({ virtualService, destination }) =>
      `VirtualService ${virtualService} routes these calls to ${destination}, which these pods are not granted: grant that host too, or ask the owner of the VirtualService to exclude this namespace with exportTo or match.sourceNamespace`,
    documentation: {
      meaning:
        'A VirtualService sends calls that the entry allows on to a host that no intent grants to these pods. Istio allows the rerouted call.',
      remedy:
        'Grant the other destination as well, or ask the owner of the VirtualService to exclude your namespace.',
    },
    examples: [{ virtualService: 'green/canary', destination: 'api-canary.green.svc.cluster.local' }],
  }),
  DestinationRulePassthrough: row<{ readonly host: string; readonly destinationRule: string }>({
    severity: 'overridden',
    message: ({ host, destinationRule }) =>
      `DestinationRule ${destinationRule} lets the client choose the address for ${host} (PASSTHROUGH), so a pod that spoofs the name can reach any address: ask its owner to remove PASSTHROUGH, or to hide the rule from this namespace with exportTo`,
    documentation: {
      meaning:
        'A DestinationRule with the load balancer `PASSTHROUGH` sends calls for the host to whatever address the client uses.',
      remedy: 'Ask the owner of the DestinationRule to remove it, or to hide the rule from your namespace.',
    },
    examples: [{ host: 'shop/api.example.com', destinationRule: 'istio-system/everything' }],
  }),
  EnvoyFilterPresent: row<{ readonly envoyFilter: string }>({
    severity: 'warning',
    message: ({ envoyFilter }) =>
      `EnvoyFilter ${envoyFilter} changes how the proxies of these pods handle outbound calls, which the controller cannot check: review that it does not allow more than the intent`,
    documentation: {
      meaning:
        'An EnvoyFilter of the namespace or of the root namespace patches outbound listeners, routes or clusters of these pods. It can do anything, so only a person can judge it.',
      remedy: 'Review the EnvoyFilter. The warning stays as long as it applies to these pods.',
    },
    examples: [{ envoyFilter: 'istio-system/headers' }],
  }),
};

export const FOREIGN_DIAGNOSTICS = { ...REGISTRATIONS, ...ADDRESSES, ...ROUTES };
