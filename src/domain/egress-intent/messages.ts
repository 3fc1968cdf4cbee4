// Diagnostics in words. Each message names the object, what is wrong and what to do.
import type { Diagnostic, ConflictReason } from './diagnostic.ts';
import { labelsText } from '../labels.ts';
import { unreachable, type Problem } from '../result.ts';

/** What is wrong and what to do, in one sentence or two that name the object. */
export function messageOf(diagnostic: Diagnostic): string {
  switch (diagnostic.code) {
    case 'InvalidIntent':
      return diagnostic.problems.map(problemText).join('; ');
    case 'HostIsService':
      return `${diagnostic.host} is a name of the cluster: write service: {name, namespace} instead of host`;
    case 'ProtocolConflict':
      return `port ${diagnostic.port} of ${diagnostic.host} has another protocol in intent ${diagnostic.other}, which was first, and a namespace can have only one: write the same, or remove one of the two`;
    case 'TcpHostNeedsAddress':
      return `${diagnostic.host} on ${portsText(diagnostic.ports)} is plain TCP, which has no name to be told by: without an address it would take every call on that port. Turn on DNS capture, close the whole namespace with an intent without selector, or grant its addresses with cidr`;
    case 'ExternalNameLoop':
      return `ExternalName Service ${diagnostic.service} leads to itself: correct its externalName`;
    case 'PortNotGranted':
      return `${diagnostic.host} cannot be called on port ${diagnostic.port} by pods with ${labelsText(diagnostic.selector) || 'any labels'}: ${conflictText(diagnostic.reason)}`;
    case 'OlderGrantDisplaced':
      return `${diagnostic.host}${diagnostic.ports ? ` on ${portsText(diagnostic.ports)}` : ''} would take port ${diagnostic.port} of ${diagnostic.displaced} from pods with ${labelsText(diagnostic.selector) || 'any labels'}, which intent ${diagnostic.of} was granted before: Istio knows an external host with the ports of the whole namespace; ask for the ports that the others have, or put the app into another namespace`;
    case 'HostAlsoRegistered':
      return `ServiceEntry ${diagnostic.serviceEntry} registers ${diagnostic.host} too, so how it is reached is for its owner to say: delete it, or name it here with serviceEntry: {host: ${diagnostic.host}} instead of host`;
    case 'ServiceEntryShadowed':
      return `${portsText(diagnostic.ports)} of ${diagnostic.host} cannot be called: ServiceEntry ${diagnostic.serviceEntry} registers the host beside ${diagnostic.by}, which we wrote for an intent before, and Istio takes the older of two; list host: ${diagnostic.host} with these ports, or take the host out of one of the two`;
    case 'CidrInCluster':
      return `${diagnostic.cidr} overlaps the cluster's own range ${diagnostic.clusterCidr}: on these ports it bypasses Istio's routing and opens every Service and pod in that range, so list the Services instead`;
    case 'HostSpoofable':
      return `Istio tells ${diagnostic.destination} by its name only and leaves the address to the client: a pod that forges the name reaches any address on these ports. Pair it with a NetworkPolicy, or grant exact hosts${diagnostic.reason ? ` (${diagnostic.reason})` : ''}`;
    case 'ExternalNameOutsideMesh':
      return `ExternalName Service ${diagnostic.service} leads to ${diagnostic.host}, outside the mesh, and grants nothing by itself: list host: ${diagnostic.host} too`;
    case 'VirtualServiceReroutes':
      return `VirtualService ${diagnostic.virtualService} sends calls on to ${diagnostic.destination}, which these pods are not granted: list that too, or have its owner keep the route away from this namespace`;
    case 'DestinationRulePassthrough':
      return `DestinationRule ${diagnostic.destinationRule} has calls to ${diagnostic.host} go to whatever address the client dialled (PASSTHROUGH), so a pod that forges the name reaches any: have its owner take that out, or keep it from this namespace with exportTo`;
    case 'EnvoyFilterPresent':
      return `EnvoyFilter ${diagnostic.envoyFilter} changes what calls of these pods go through, in a way that cannot be judged from outside: make sure that it opens nothing`;
    default:
      return unresolvedText(diagnostic);
  }
}

function conflictText(because: ConflictReason): string {
  switch (because.kind) {
    case 'headless':
      return 'Istio cannot limit a headless Service to some of its ports, nor a host that has neither address nor protocol, so grant all of them';
    case 'udpPort':
      return 'Istio would take the UDP port of the same number, so grant all ports of the Service';
    case 'listenerConflict':
      return `one Sidecar cannot say it beside ${because.hosts.join(', ')} on the same port, granted before; grant every port of one of them, or give the pods apart`;
    case 'duplicateHost':
      return `of two hosts of one name Istio takes one, and ${because.hosts.join(', ')} may be it, which is reached in another way; grant only one of them`;
    default:
      return unreachable(because);
  }
}

type Unresolved = Extract<
  Diagnostic,
  { code: `Namespace${string}` | `ServiceNot${string}` | `ServiceEntryNot${string}` | 'PortNotFound' }
>;

function unresolvedText(diagnostic: Unresolved): string {
  switch (diagnostic.code) {
    case 'NamespaceNotFound':
      return `namespace ${diagnostic.namespace} does not exist: create it, or correct the name`;
    case 'ServiceNotFound':
      return `Service ${diagnostic.service} does not exist: create it, or correct name and namespace`;
    case 'ServiceNotExported':
      return `Service ${diagnostic.service} is not exported to this namespace: its owner must add it to the annotation networking.istio.io/exportTo`;
    case 'PortNotFound':
      return `${diagnostic.destination} has no ${portsText(diagnostic.ports)}: correct the ports, or add them there`;
    case 'ServiceEntryNotFound':
      return `no ServiceEntry of namespace ${diagnostic.namespace} registers ${diagnostic.host}: create it, or write host: ${diagnostic.host} and we create one`;
    case 'ServiceEntryNotExported':
      return `ServiceEntry ${diagnostic.serviceEntry} registers ${diagnostic.host} but is not exported to this namespace: its owner must add it to spec.exportTo`;
    default:
      return unreachable(diagnostic);
  }
}

const portsText = (ports: readonly number[]): string =>
  `port${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`;

export function problemText({ path, message }: Problem): string {
  return `${pathText(path)}: ${message}`;
}

/** `['spec', 'allow', 0, 'host']` gives `spec.allow[0].host`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}
