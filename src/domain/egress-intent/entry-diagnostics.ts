// Diagnostics of an entry by itself: it is invalid, or what it names does not exist, is not exported or is a likely mistake.
import { normalisedHost, Cidr, type HostName } from '../network.ts';
import { problemText, type Problem } from '../problem.ts';
import { portsText, row, EXAMPLE_HOST } from './diagnostic-row.ts';

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
        ? `${host} matches names of Services in this cluster: write namespace: {name} or service: {name, namespace} instead of host`
        : `${host} is a name of a Service in this cluster: write service: {name, namespace} instead of host`,
    documentation: {
      meaning:
        'A `host` ends in `.svc` or in `.svc.` and the cluster domain, so it is a name inside the cluster.',
      remedy: 'Grant the Service with `service`, or all Services of its namespace with `namespace`.',
    },
    examples: [{ host: normalisedHost('api.payments.svc.cluster.local') }],
    exception: {
      kind: 'refused',
      difference: 'An entry is refused.',
      cause: 'A name of the cluster is granted as a Service; Istio is not the cause.',
    },
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
  ServiceNotFound: row<{
    readonly service: string;
    /** The ExternalName Service that leads to it, where the entry names that one. */
    readonly alias?: string;
  }>({
    severity: 'unresolved',
    message: ({ service, alias }) =>
      alias === undefined
        ? `Service ${service} does not exist: create it, or correct name and namespace`
        : `Service ${service}, to which ExternalName Service ${alias} leads, does not exist: create it, or correct spec.externalName`,
    documentation: {
      meaning: 'A `service` entry names a Service that does not exist, or an ExternalName Service for one.',
      remedy: 'Create the Service, or correct the name and the namespace.',
    },
    examples: [{ service: 'blue/api' }, { service: 'blue/api', alias: 'shop/alias' }],
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
  }),
  PortNotFound: row<{ readonly destination: string; readonly ports: readonly number[] }>({
    severity: 'unresolved',
    message: ({ destination, ports }) =>
      `${destination} has no TCP ${portsText(ports)}: correct ports, or ask its owner to add what is missing`,
    documentation: {
      meaning:
        'The Service or ServiceEntry exists, but not with these ports. `ports` are the ports of the Service, not its target ports, and UDP ports do not count: Istio does not carry UDP.',
      remedy: 'Correct `ports`, or add the ports to the Service or ServiceEntry.',
    },
    examples: [{ destination: 'blue/api', ports: [8080] }],
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
  }),
};

const RISKS = {
  ExternalNameOutsideMesh: row<{ readonly service: string; readonly host: string }>({
    severity: 'warning',
    message: ({ service, host }) =>
      `ExternalName Service ${service} leads to ${host}, outside the mesh, and grants nothing by itself: grant host: ${host} as well`,
    documentation: {
      meaning:
        'The entry names an ExternalName Service for a host outside the mesh. It only gives a second name to that host.',
      remedy: 'Add an entry with `host` and its ports. The host can then be called under both names.',
    },
    examples: [{ service: 'shop/outside', host: 'www.example.com' }],
  }),
  CidrInCluster: row<{ readonly cidr: Cidr; readonly clusterCidr: Cidr }>({
    severity: 'warning',
    message: ({ cidr, clusterCidr }) =>
      `${cidr} overlaps the cluster range ${clusterCidr}: on these ports, pods can reach every Service and pod in the overlap, without Istio's routing. Grant the Services by name instead`,
    documentation: {
      meaning:
        'A `cidr` covers addresses of the cluster itself, as `--cluster-cidr` lists them. It would allow calls that no `service` entry grants.',
      remedy: 'Grant the Services with `service` or `namespace`, or narrow the range.',
    },
    examples: [{ cidr: Cidr.parse('10.100.0.0/16'), clusterCidr: Cidr.parse('10.96.0.0/12') }],
  }),
};

export const ENTRY_DIAGNOSTICS = { ...REFUSED, ...UNRESOLVED, ...RISKS };
