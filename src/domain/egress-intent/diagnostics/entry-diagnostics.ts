// Diagnostics of an entry by itself: it is invalid, or what it names does not exist or is not exported.
import { normalisedHost, type HostName } from '../../network.ts';
import { problemText, type Problem } from '../../problem.ts';
import { portsText, row, EXAMPLE_HOST } from '../diagnostic-row.ts';

const REFUSED = {
  InvalidIntent: row<{ readonly problems: readonly Problem[] }>({
    severity: 'refused',
    message: ({ problems }) => problems.map(problemText).join('; '),
    documentation: {
      meaning:
        'The API server or a file holds an intent that does not match the schema, for example because the schema has changed since it was stored. Objects that the controller wrote for it stay as they are.',
      remedy:
        'Correct every field that the message names. `egress-intent validate` shows the place in the file.',
    },
    examples: [
      {
        problems: [
          {
            path: ['spec', 'allow', 0, 'host'],
            message: 'is an IP address or ends in a number: for an address, use cidr with ports',
          },
        ],
      },
    ],
  }),
  HostIsService: row<{ readonly host: HostName }>({
    severity: 'refused',
    message: ({ host }) =>
      host.startsWith('*.')
        ? `${host} matches names of Services in this cluster: write namespace: {name} or service: {name, namespace} instead, or list the hosts outside the cluster by narrower names`
        : `${host} is a name of a Service in this cluster: write service: {name, namespace} instead of host${
            host.endsWith('.clusterset.local')
              ? ', and let the app call it as name.namespace.svc, which reaches every cluster of the mesh'
              : ''
          }`,
    documentation: {
      meaning:
        'A `host` is a name inside the cluster: it ends in `.svc`, in `.svc.` and the cluster domain, or in `.svc.clusterset.local` (and likewise with `.pod`); or it is a wildcard over such names, such as `*.cluster.local`; or it is `name.namespace` and that Service exists.',
      remedy: 'Grant the Service with `service`, or all Services of its namespace with `namespace`.',
    },
    examples: [
      { host: normalisedHost('api.payments.svc.cluster.local') },
      { host: normalisedHost('*.cluster.local') },
      { host: normalisedHost('api.payments.svc.clusterset.local') },
    ],
    exception: {
      kind: 'refused',
      difference: 'An entry is refused.',
      cause: 'A name of the cluster is granted as a Service; Istio is not the cause.',
    },
  }),
  HostNotNameable: row<{ readonly host: string }>({
    severity: 'refused',
    message: ({ host }) =>
      `${host} is registered, but a Sidecar may not name it, so it is left out and the rest of the entry is in force: ask its owner to register it under a full DNS name, such as vmdb.example.com`,
    documentation: {
      meaning:
        "A ServiceEntry or an ExternalName Service has a host that Istio's webhook refuses in a Sidecar: a name without a dot, an IP address, or a wildcard such as `*-api.example.com`.",
      remedy:
        'Let the owner of the object add a full DNS name to its hosts, or grant the addresses with `cidr`. A ServiceEntry of another namespace is granted under any name by a `namespace` entry without ports.',
    },
    examples: [{ host: 'shop/vmdb' }, { host: 'shop/*-api.example.com' }],
    exception: {
      kind: 'refused',
      difference: 'A host of an entry is refused.',
      cause: 'A Sidecar can list only full DNS names and wildcards such as `*.example.com`.',
    },
  }),
  RootNamespaceDefault: row<{ readonly namespace: string }>({
    severity: 'refused',
    message: ({ namespace }) =>
      `${namespace} is a root namespace of the mesh, where a Sidecar without a selector governs the pods of every namespace: add workloadSelector, or write mode: Audit`,
    documentation: {
      meaning:
        'An intent without `workloadSelector` stands in the root namespace of the mesh (`rootNamespace` of MeshConfig; `istio-system` where no MeshConfig is found). It restricts no pod. What it grants still counts for pods that another intent of the namespace restricts.',
      remedy: 'Add a `workloadSelector` for the pods of that namespace which the intent is for.',
    },
    examples: [{ namespace: 'istio-system' }],
  }),
  ExternalNameLoop: row<{ readonly service: string }>({
    severity: 'refused',
    message: ({ service }) =>
      `ExternalName Service ${service} leads back to itself, or through too many other names: set its spec.externalName to the final host`,
    documentation: {
      meaning:
        'The chain of ExternalName Services that starts at the granted one does not end at a Service or at a host outside the mesh.',
      remedy: 'Point `spec.externalName` at the host where the calls should end.',
    },
    examples: [{ service: 'shop/loop' }],
    exception: {
      kind: 'refused',
      difference: 'An entry is refused.',
      cause: 'The ExternalName Service leads to itself; Istio is not the cause.',
    },
  }),
};

const UNRESOLVED = {
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
      `istiod ignores every Service and every Istio object of namespace ${namespace}, so calls to it fail: give the namespace a label that discoverySelectors of ConfigMap ${configs.join(', ')} select`,
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
        return `Service ${service} does not exist, but ServiceEntry ${registered.serviceEntry} registers its name: write serviceEntry: {host: ${registered.host}, namespace} instead of service`;
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
  PortNotFound: row<{
    readonly destination: string;
    readonly ports: readonly number[];
    /** Those of `ports` that are target ports of the Service, each with the port of the Service that leads to it. */
    readonly targetPorts?: readonly { readonly targetPort: number; readonly port: number }[];
  }>({
    severity: 'unresolved',
    message: ({ destination, ports, targetPorts = [] }) =>
      targetPorts.length === 0
        ? `${destination} has no TCP ${portsText(ports)}: correct ports, or ask its owner to add what is missing`
        : `${destination} has no TCP ${portsText(ports)}, but ${targetPorts
            .map(({ targetPort, port }) => `${targetPort} is the targetPort of its port ${port}`)
            .join(
              ', and ',
            )}: write ${targetPorts.map(({ targetPort, port }) => `port: ${port} instead of port: ${targetPort}`).join(', and ')}`,
    documentation: {
      meaning:
        'The Service or ServiceEntry exists, but not with these ports. `ports` are the ports of the Service, not its target ports, and UDP ports do not count: Istio does not carry UDP.',
      remedy: 'Correct `ports`, or add the ports to the Service or ServiceEntry.',
    },
    examples: [
      { destination: 'blue/api', ports: [8443] },
      { destination: 'blue/api', ports: [8080], targetPorts: [{ targetPort: 8080, port: 80 }] },
    ],
    objectIsKnown: true,
  }),
  ServiceEntryNotFound: row<{ readonly host: HostName; readonly namespace: string }>({
    severity: 'unresolved',
    message: ({ host, namespace }) =>
      `no ServiceEntry in namespace ${namespace} registers ${host}: create one, or write host: ${host} instead and the controller creates one`,
    documentation: {
      meaning: 'A `serviceEntry` entry names a host that no ServiceEntry of that namespace registers.',
      remedy:
        'Correct the host and the namespace, ask the owner to create the ServiceEntry, or use `host`, for which the controller writes a ServiceEntry.',
    },
    examples: [{ host: EXAMPLE_HOST, namespace: 'entries' }],
  }),
  ServiceEntryNotExported: row<{
    readonly host: HostName;
    readonly namespace: string;
    readonly serviceEntry: string;
  }>({
    severity: 'unresolved',
    message: ({ host, serviceEntry }) =>
      `ServiceEntry ${serviceEntry} registers ${host} but is not exported to this namespace: ask its owner to add this namespace to spec.exportTo or, where the serviceEntryVisibility of MeshConfig hides it, the platform team`,
    documentation: {
      meaning:
        '`spec.exportTo` of the ServiceEntry, or since Istio 1.31 `serviceEntryVisibility` of MeshConfig, hides it from the namespace of the intent.',
      remedy:
        'Ask the owner of the ServiceEntry to add your namespace to `spec.exportTo`. Where MeshConfig hides it, ask the platform team for a policy that does not.',
    },
    examples: [{ host: EXAMPLE_HOST, namespace: 'entries', serviceEntry: 'entries/api' }],
    objectIsKnown: true,
  }),
};

export const ENTRY_DIAGNOSTICS = { ...REFUSED, ...UNRESOLVED };
