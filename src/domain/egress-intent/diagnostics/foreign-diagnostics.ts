// Diagnostics of ServiceEntries that others own for hosts that an intent grants, and of hosts whose address Istio leaves to the client. None of
// these objects is touched.
import { normalisedHost, type HostName } from '../../network.ts';
import {
  hostEntryText,
  namespaceOf,
  portsText,
  row,
  serviceEntryText,
  EXAMPLE_HOST,
} from '../diagnostic-row.ts';
import { REPLACED_DIAGNOSTICS, type RegistrationElsewhere } from './replaced-diagnostics.ts';

const REGISTRATIONS = {
  HostAlsoRegistered: row<{ readonly host: HostName; readonly serviceEntry: string }>({
    severity: 'warning',
    message: ({ host, serviceEntry }) =>
      `ServiceEntry ${serviceEntry} also registers ${host} and may decide where its calls go: delete that ServiceEntry, or write ${serviceEntryText(host, namespaceOf(serviceEntry))} instead of host, and remove protocol from its ports`,
    documentation: {
      meaning:
        'A foreign ServiceEntry of the same namespace registers a `host` too. Istio uses the older of the two, and where a Sidecar lists a wildcard, a mixture of both.',
      remedy:
        'Keep one of the two: delete the foreign ServiceEntry, or grant it with `serviceEntry` instead of `host`, without `protocol` in its ports.',
    },
    examples: [
      { host: EXAMPLE_HOST, serviceEntry: 'shop/by-hand' },
      { host: normalisedHost('*.example.com'), serviceEntry: 'shop/by-hand' },
    ],
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
      `${portsText(ports)} of ${host} cannot be called through ServiceEntry ${serviceEntry}: Istio uses the older ServiceEntry ${managedServiceEntry}, which the controller wrote for an entry with ${hostEntryText(host)}. Grant these ports with ${hostEntryText(host)} too, or remove that entry`,
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

const FOLLOWING = {
  RegistrationFollowed: row<RegistrationElsewhere>({
    severity: 'note',
    message: ({ host, serviceEntry }) =>
      `ServiceEntry ${serviceEntry} registers ${host} and answers these calls, as it does without the intent: to grant ${host} only as long as that ServiceEntry does, write ${serviceEntryText(host, namespaceOf(serviceEntry))} instead, without protocol in its ports`,
    documentation: {
      meaning:
        'The platform registers the host, in a root namespace of the mesh or in one of `--trusted-namespace`, with every port that the namespace grants. Its ServiceEntry stays in use: endpoints, target ports and TLS origination are as before.',
      remedy:
        'Nothing is wrong. To grant the host to an app only as long as the platform registers it, write `serviceEntry`.',
    },
    examples: [{ host: EXAMPLE_HOST, serviceEntry: 'istio-system/partner' }],
  }),
  RegistrationNotFollowed: row<RegistrationElsewhere>({
    severity: 'warning',
    message: ({ host, serviceEntry }) =>
      `ServiceEntry ${serviceEntry} also registers ${host}, but anybody can export one to this namespace, so these calls do not use it: to use it, write ${serviceEntryText(host, namespaceOf(serviceEntry))} instead of this entry, without protocol in its ports, or ask the platform team to trust its namespace with --trusted-namespace ${namespaceOf(serviceEntry)}`,
    documentation: {
      meaning:
        'A namespace that is neither a root namespace nor one of `--trusted-namespace` exports a ServiceEntry for a granted host. Calls go as if it were not there.',
      remedy:
        'If the ServiceEntry is meant for you, grant it with `serviceEntry`, or ask the platform team to trust its namespace. Otherwise ask its owner to limit `spec.exportTo`.',
    },
    examples: [{ host: EXAMPLE_HOST, serviceEntry: 'tools/partner' }],
  }),
  RegistrationOfRevision: row<RegistrationElsewhere & { readonly revision: string }>({
    severity: 'warning',
    message: ({ host, serviceEntry, revision }) =>
      `ServiceEntry ${serviceEntry} registers ${host} for the Istio revision ${revision} only (label istio.io/rev), and another revision may serve these pods, so these calls do not use it: to use it, ask its owner to remove that label`,
    documentation: {
      meaning:
        'A ServiceEntry of a followed namespace has the label `istio.io/rev`, and not every istiod of the mesh is known to be of that revision: one of another revision ignores the object. The intent registers the host itself, so that calls are allowed whichever istiod serves a pod.',
      remedy:
        'Ask the owner of the ServiceEntry to remove the label. Where only one revision runs, its pods say so by the same label, and a ServiceEntry of that revision is used.',
    },
    examples: [{ host: EXAMPLE_HOST, serviceEntry: 'istio-system/partner', revision: 'canary' }],
  }),
};

const ADDRESSES = {
  HostSpoofable: row<{
    readonly destination: string;
    /** The version of Istio and how it is known, where a newer one could resolve the names of a TLS wildcard itself. */
    readonly olderIstio?: string;
    /** What leads granted calls to the destination, if it is not the called host. */
    readonly route?: string;
  }>({
    severity: 'warning',
    message: ({ destination, olderIstio, route }) =>
      route === undefined ? spoofableText(destination, olderIstio) : routedText(destination, route),
    documentation: {
      meaning:
        'Istio sends calls for this name to whatever address the client uses: for a wildcard (except for TLS since Istio 1.30), for HTTP to a headless Service, and for a ServiceEntry with `resolution: NONE`. The same holds for a granted host whose calls a route leads to such a name. The grant holds for honest clients; a compromised pod can put the name on a call to another address.',
      remedy:
        'Restrict the addresses with a NetworkPolicy. Instead of a wildcard, grant exact hosts, whose names Envoy resolves itself; or grant the wildcard on TLS ports only, in every intent of the namespace, with Istio 1.30 or newer.',
    },
    examples: [
      { destination: 'db/pods' },
      { destination: '*.example.com' },
      { destination: '*.example.com', olderIstio: 'Istio 1.29 (Pod istio-system/istiod-1-29)' },
      { destination: 'green/pods.green.svc.cluster.local', route: 'VirtualService green/api' },
    ],
    exception: {
      kind: 'spoofable',
      difference: 'A pod that spoofs the name of the host reaches another address.',
      cause:
        'Calls to a wildcard (before Istio 1.30, or with a protocol other than TLS), HTTP to a headless Service and calls through `resolution: NONE` go wherever the client sends them.',
    },
  }),
};

const spoofableText = (destination: string, olderIstio: string | undefined): string =>
  `Istio matches ${destination} by name only and lets the client choose the address, so a pod that spoofs the name can reach any address on these ports: ${spoofingRemedy(destination, olderIstio)}`;

const routedText = (destination: string, route: string): string =>
  `${route} leads these calls to ${destination}, for which Istio lets the client choose the address, so a pod that spoofs the name of the granted host can reach any address on these ports: restrict the addresses with a NetworkPolicy, or ask the owner of the route to lead it to a host with addresses of its own`;

function spoofingRemedy(destination: string, olderIstio: string | undefined): string {
  const policy = 'restrict the addresses with a NetworkPolicy';
  if (!destination.startsWith('*.')) return policy;
  if (olderIstio === undefined) {
    return `${policy}, grant exact hosts, or grant the wildcard on TLS ports only in every intent of the namespace`;
  }
  return `${policy}, or grant exact hosts (${olderIstio} cannot resolve the names of a TLS wildcard itself; 1.30 can)`;
}

export const FOREIGN_DIAGNOSTICS = {
  ...REGISTRATIONS,
  ...FOLLOWING,
  ...REPLACED_DIAGNOSTICS,
  ...ADDRESSES,
};
