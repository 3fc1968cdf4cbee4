// What an intent's author or the platform team can mend. A diagnostic is a value: it never stops the compiler and is never
// retried; it ends as a condition or as a line of the CLI.
import type { Cidr, HostName } from './network.ts';
import type { HostPort, Problem } from './intent.ts';
import { unreachable } from './result.ts';

/** What this version cannot express exactly yet, and so refuses. */
export type UnsupportedFeature =
  | 'ports of a service'
  | 'ports of a namespace'
  | 'ports of a serviceEntry'
  | 'a headless Service'
  | 'an ExternalName Service'
  | 'a wildcard host'
  | 'a TCP host';

type Finding =
  | { readonly code: 'InvalidIntent'; readonly problems: readonly Problem[] }
  | { readonly code: 'Unsupported'; readonly feature: UnsupportedFeature }
  | { readonly code: 'HostInCluster'; readonly host: HostName }
  | {
      readonly code: 'HostPortsDiffer';
      readonly host: HostName;
      readonly ports: readonly HostPort[];
      readonly other: string;
      readonly otherPorts: readonly HostPort[];
    }
  | { readonly code: 'HostProtocolsDiffer'; readonly host: HostName; readonly port: number }
  | { readonly code: 'HostAlsoRegistered'; readonly host: HostName; readonly serviceEntry: string }
  | { readonly code: 'CidrInCluster'; readonly cidr: Cidr; readonly clusterCidr: Cidr }
  | { readonly code: 'NamespaceNotFound'; readonly namespace: string }
  | { readonly code: 'ServiceNotFound'; readonly service: string }
  | { readonly code: 'ServiceNotExported'; readonly service: string }
  | { readonly code: 'ServiceEntryNotFound'; readonly host: HostName; readonly namespace: string }
  | {
      readonly code: 'ServiceEntryNotExported';
      readonly host: HostName;
      readonly namespace: string;
      readonly serviceEntry: string;
    };

/** A finding about one intent; `entry` is the index in `allow` where it is about one entry. */
export type Diagnostic = Finding & { readonly intent: string; readonly entry?: number };
export type DiagnosticCode = Diagnostic['code'];

/**
 * `refused`: the entry, or the whole intent, is not in force. `unresolved`: the entry is in force as soon as what it names is
 * there. `warning`: in force, but the reader should know.
 */
export type Severity = 'refused' | 'unresolved' | 'warning';

const SEVERITY = {
  InvalidIntent: 'refused',
  Unsupported: 'refused',
  HostInCluster: 'refused',
  HostPortsDiffer: 'refused',
  HostProtocolsDiffer: 'refused',
  HostAlsoRegistered: 'warning',
  CidrInCluster: 'warning',
  NamespaceNotFound: 'unresolved',
  ServiceNotFound: 'unresolved',
  ServiceNotExported: 'unresolved',
  ServiceEntryNotFound: 'unresolved',
  ServiceEntryNotExported: 'unresolved',
} as const satisfies Record<DiagnosticCode, Severity>;

export const severityOf = (diagnostic: Diagnostic): Severity => SEVERITY[diagnostic.code];

/** Where the finding is in the object, as a path from its root. */
export function pathOf(diagnostic: Diagnostic): readonly (string | number)[] {
  return diagnostic.entry === undefined ? ['spec'] : ['spec', 'allow', diagnostic.entry];
}

/** What is wrong and what to do, in one sentence or two that name the object. */
export function messageOf(diagnostic: Diagnostic): string {
  switch (diagnostic.code) {
    case 'InvalidIntent':
      return diagnostic.problems.map(problemText).join('; ');
    case 'Unsupported':
      return `${diagnostic.feature} is not supported yet: this entry is not in force, remove it or grant the whole destination`;
    case 'HostInCluster':
      return `${diagnostic.host} is a name of the cluster: write service: {name, namespace} instead of host`;
    case 'HostPortsDiffer':
      return `${diagnostic.host} is wanted on ${portsText(diagnostic.ports)} here and on ${portsText(diagnostic.otherPorts)} by the older intent ${diagnostic.other}: one namespace can have only one list of ports for a host, so write the same in both`;
    case 'HostProtocolsDiffer':
      return `port ${diagnostic.port} of ${diagnostic.host} is listed with two protocols: keep one of the two entries`;
    case 'HostAlsoRegistered':
      return `ServiceEntry ${diagnostic.serviceEntry} registers ${diagnostic.host} too, and Istio merges or ignores one of the two: delete it, or name it here with serviceEntry: {host: ${diagnostic.host}} instead of host`;
    case 'CidrInCluster':
      return `${diagnostic.cidr} overlaps the cluster's own range ${diagnostic.clusterCidr}: on these ports it bypasses Istio's routing and opens every Service and pod in that range, so list the Services instead`;
    default:
      return unresolvedText(diagnostic);
  }
}

type Unresolved = Extract<
  Diagnostic,
  { code: `Namespace${string}` | `ServiceNot${string}` | `ServiceEntryNot${string}` }
>;

function unresolvedText(diagnostic: Unresolved): string {
  switch (diagnostic.code) {
    case 'NamespaceNotFound':
      return `namespace ${diagnostic.namespace} does not exist: create it, or correct the name`;
    case 'ServiceNotFound':
      return `Service ${diagnostic.service} does not exist: create it, or correct name and namespace`;
    case 'ServiceNotExported':
      return `Service ${diagnostic.service} is not exported to this namespace: its owner must add it to the annotation networking.istio.io/exportTo`;
    case 'ServiceEntryNotFound':
      return `no ServiceEntry of namespace ${diagnostic.namespace} registers ${diagnostic.host}: create it, or write host: ${diagnostic.host} and we create one`;
    case 'ServiceEntryNotExported':
      return `ServiceEntry ${diagnostic.serviceEntry} registers ${diagnostic.host} but is not exported to this namespace: its owner must add it to spec.exportTo`;
    default:
      return unreachable(diagnostic);
  }
}

export function problemText({ path, message }: Problem): string {
  return `${pathText(path)}: ${message}`;
}

/** `['spec', 'allow', 0, 'host']` gives `spec.allow[0].host`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

const portsText = (ports: readonly HostPort[]): string =>
  ports.map(({ port, protocol }) => `${port} ${protocol}`).join(', ');
