// Diagnostics of an entry by itself that is refused: it, or the intent, is invalid, or Istio cannot express it.
import { normalisedHost, type HostName } from '../../network.ts';
import { problemText, type Problem } from '../../problem.ts';
import { row } from '../diagnostic-row.ts';

/** The entry for the Service that a host of the cluster names; also for that of one pod, such as `db-0.db.shop.svc`. */
function serviceText(host: string): string {
  const [name, namespace] = host
    .replace(/\.svc(?:\..*)?$/, '')
    .split('.')
    .slice(-2);
  return name === undefined || namespace === undefined || host.includes('.pod')
    ? 'an entry with service'
    : `service: {name: ${name}, namespace: ${namespace}}`;
}

export const ENTRY_DIAGNOSTICS = {
  InvalidIntent: row<{ readonly problems: readonly Problem[] }>({
    severity: 'refused',
    message: ({ problems }) => problems.map(problemText).join('; '),
    documentation: {
      meaning:
        'The API server or a file holds an intent that does not match the schema, for example because the schema has changed since it was stored. Objects that the controller wrote for it stay as they are.',
      remedy:
        'Correct every field that the message names. The command `validate` shows the place in the file (see [above](#how-to-run-render-and-validate)).',
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
        ? `${host} matches names of Services in this cluster: write an entry with namespace or service instead, or list the hosts outside the cluster by narrower names`
        : `${host} is a name of a Service in this cluster: write ${serviceText(host)} instead of host${
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
      `${host} is registered, but Istio refuses a Sidecar that lists this name, so it is left out and the rest of the entry is in force: ask its owner to register it under a full DNS name, such as vmdb.example.com`,
    documentation: {
      meaning:
        "A ServiceEntry or an ExternalName Service has a host that Istio's webhook refuses in a Sidecar: a name without a dot, an IP address, or a wildcard such as `*-api.example.com`.",
      remedy:
        'Let the owner of the object add a full DNS name to its hosts, or grant the addresses with `cidr`. In a `namespace` entry for another namespace, the ServiceEntry is granted under any name if you omit `ports`, as long as no other entry for these pods is limited to one of its ports; for the own namespace that does not help.',
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
        'An intent without `workloadSelector` stands in the root namespace of the mesh (`rootNamespace` of MeshConfig, also of one that cannot be read; `istio-system` where no MeshConfig is found). It restricts no pod. What it grants still counts for pods that another intent of the namespace restricts.',
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
