// Diagnostics of entries that take effect later: what they name does not exist, is not exported, or lacks a port.
import { normalisedHost, type HostName } from '../../network.ts';
import {
  hostEntryText,
  namespaceOf,
  portsText,
  row,
  serviceEntryText,
  EXAMPLE_HOST,
} from '../diagnostic-row.ts';

type MissingPorts = {
  readonly destination: string;
  readonly ports: readonly number[];
  /** Those of `ports` that are target ports of the Service, each with the port of the Service that leads to it. */
  readonly targetPorts?: readonly { readonly targetPort: number; readonly port: number }[];
  /** Those of `ports` that the Service has, but that Istio takes for UDP because of their name. */
  readonly namedUdp?: readonly number[];
};

function missingPortsText({ destination, ports, targetPorts = [], namedUdp = [] }: MissingPorts): string {
  const absent = ports.filter((port) => !namedUdp.includes(port));
  const missing = `${destination} has no TCP ${portsText(absent)}`;
  if (namedUdp.length > 0) {
    const start = absent.length > 0 ? `${missing}, and ` : '';
    return `${start}Istio takes ${portsText(namedUdp)} of ${destination} for UDP, since its name or appProtocol begins with udp: correct ports, or ask its owner to change that name or appProtocol, such as to tcp`;
  }
  if (targetPorts.length === 0) return `${missing}: correct ports, or ask its owner to add what is missing`;
  const leading = targetPorts.map(
    ({ targetPort, port }) => `${targetPort} is the targetPort of its port ${port}`,
  );
  const instead = targetPorts.map(({ targetPort, port }) => `port: ${port} instead of port: ${targetPort}`);
  return `${missing}, but ${leading.join(', and ')}: write ${instead.join(', and ')}`;
}

export const UNRESOLVED_DIAGNOSTICS = {
  NamespaceNotFound: row<{ readonly namespace: string }>({
    severity: 'unresolved',
    message: ({ namespace }) => `namespace ${namespace} does not exist: create it, or correct the name`,
    documentation: {
      meaning: 'A `namespace` entry names a namespace that does not exist.',
      remedy: 'Create the namespace, or correct the name.',
    },
    examples: [{ namespace: 'green' }],
  }),
  NamespaceNotDiscovered: row<{
    readonly namespace: string;
    /** The ConfigMaps with the MeshConfigs that do not select it. */
    readonly configs: readonly string[];
  }>({
    severity: 'unresolved',
    message: ({ namespace, configs }) =>
      `istiod ignores every Service and every Istio object of namespace ${namespace}, so calls to it fail: give the namespace labels that the discoverySelectors in ConfigMap ${configs.join(', ')} select`,
    documentation: {
      meaning:
        'The entry names a namespace, or something in a namespace, that `discoverySelectors` of MeshConfig do not select. istiod knows nothing of it, so a restricted pod cannot call it.',
      remedy:
        'Give the namespace a label that the selectors want, or ask the platform team to select it. Addresses outside the mesh can be granted with `cidr`.',
    },
    examples: [{ namespace: 'legacy', configs: ['istio-system/istio'] }],
  }),
  ServiceNotFound: row<{
    readonly service: string;
    /** The ExternalName Service that leads to it, where the entry names that one. */
    readonly alias?: string;
    /** The ServiceEntry that registers the name of the Service. */
    readonly registered?: { readonly serviceEntry: string; readonly host: HostName };
  }>({
    severity: 'unresolved',
    message: ({ service, alias, registered }) => {
      if (registered !== undefined)
        return `Service ${service} does not exist, but ServiceEntry ${registered.serviceEntry} registers its name: write ${serviceEntryText(registered.host, namespaceOf(registered.serviceEntry))} instead of service`;
      return alias === undefined
        ? `Service ${service} does not exist: create it, or correct name and namespace`
        : `Service ${service}, to which ExternalName Service ${alias} leads, does not exist: create it, or correct spec.externalName`;
    },
    documentation: {
      meaning: 'A `service` entry names a Service that does not exist, or an ExternalName Service for one.',
      remedy: 'Create the Service, or correct the name and the namespace.',
    },
    examples: [
      { service: 'blue/api' },
      { service: 'blue/api', alias: 'shop/alias' },
      {
        service: 'vms/api',
        registered: { serviceEntry: 'vms/api', host: normalisedHost('api.vms.svc.cluster.local') },
      },
    ],
  }),
  ServiceNotExported: row<{ readonly service: string }>({
    severity: 'unresolved',
    message: ({ service }) =>
      `Service ${service} is not exported to this namespace: ask its owner to add this namespace to its annotation networking.istio.io/exportTo`,
    documentation: {
      meaning:
        "The annotation `networking.istio.io/exportTo` of the Service, or the mesh's `defaultServiceExportTo`, hides it from the namespace of the intent.",
      remedy: 'Ask the owner of the Service to add your namespace to the annotation.',
    },
    examples: [{ service: 'blue/private' }],
    objectIsKnown: true,
  }),
  PortNotFound: row<MissingPorts>({
    severity: 'unresolved',
    message: missingPortsText,
    documentation: {
      meaning:
        'The Service or ServiceEntry exists, but not with these ports. `ports` are the ports of the Service, not its target ports, and UDP ports do not count: Istio does not carry UDP. A port whose name or `appProtocol` begins with `udp` is UDP for Istio, whatever its `protocol` says.',
      remedy: 'Correct `ports`, or add the ports to the Service or ServiceEntry.',
    },
    examples: [
      { destination: 'blue/api', ports: [8443] },
      { destination: 'blue/api', ports: [8080], targetPorts: [{ targetPort: 8080, port: 80 }] },
      { destination: 'blue/api', ports: [9000], namedUdp: [9000] },
      { destination: 'blue/api', ports: [8443, 9000], namedUdp: [9000] },
    ],
    objectIsKnown: true,
  }),
  ServiceEntryNotFound: row<{
    readonly host: HostName;
    readonly namespace: string;
    /** The most specific wildcard above the host that a ServiceEntry of the namespace registers, and that ServiceEntry: `namespace/name`. */
    readonly registered?: { readonly wildcard: string; readonly serviceEntry: string };
  }>({
    severity: 'unresolved',
    message: ({ host, namespace, registered }) =>
      registered === undefined
        ? `no ServiceEntry in namespace ${namespace} registers ${host}: create one, or write ${hostEntryText(host)} instead, for which the controller creates one`
        : `no ServiceEntry in namespace ${namespace} registers ${host} by itself, but ${registered.serviceEntry} registers ${registered.wildcard}: write ${serviceEntryText(registered.wildcard, namespace)} to grant every host below that wildcard, or ${hostEntryText(host)} to grant this host only, for which the controller creates a ServiceEntry`,
    documentation: {
      meaning:
        'A `serviceEntry` entry names a host that no ServiceEntry of that namespace registers. One with a label `istio.io/rev` of a revision that does not run does not count.',
      remedy:
        'Correct the host and the namespace, ask the owner to create the ServiceEntry, or use `host`, for which the controller writes a ServiceEntry.',
    },
    examples: [
      { host: EXAMPLE_HOST, namespace: 'entries' },
      {
        host: EXAMPLE_HOST,
        namespace: 'entries',
        registered: { wildcard: '*.example.com', serviceEntry: 'entries/wild' },
      },
    ],
  }),
  ServiceEntryNotExported: row<{
    readonly host: HostName;
    readonly namespace: string;
    readonly serviceEntry: string;
    /** That of its label `istio.io/rev`, if it is exported, but not every istiod of the mesh is known to read it. */
    readonly revision?: string;
  }>({
    severity: 'unresolved',
    message: ({ host, serviceEntry, revision }) =>
      revision === undefined
        ? `ServiceEntry ${serviceEntry} registers ${host} but is not exported to this namespace: ask its owner to add this namespace to spec.exportTo; where serviceEntryVisibility in MeshConfig hides it, ask the platform team`
        : `ServiceEntry ${serviceEntry} registers ${host} for the Istio revision ${revision} only (label istio.io/rev), and another revision may serve these pods: ask its owner to remove the label, or write ${hostEntryText(host)} instead, for which the controller creates a ServiceEntry`,
    documentation: {
      meaning:
        '`spec.exportTo` of the ServiceEntry, or since Istio 1.31 `serviceEntryVisibility` of MeshConfig, hides it from the namespace of the intent. Or its label `istio.io/rev` hides it from an istiod of another revision, which may serve the pods.',
      remedy:
        'Ask the owner of the ServiceEntry to add your namespace to `spec.exportTo`, or to remove the label. Where MeshConfig hides it, ask the platform team for a policy that does not.',
    },
    examples: [
      { host: EXAMPLE_HOST, namespace: 'entries', serviceEntry: 'entries/api' },
      { host: EXAMPLE_HOST, namespace: 'entries', serviceEntry: 'entries/api', revision: 'canary' },
    ],
    objectIsKnown: true,
  }),
};
