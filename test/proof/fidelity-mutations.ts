// Mistakes that a compiler could make about how granted calls travel, each about another rule. A small mesh of fidelity-cases/ must find each of them.
import type { Mutation } from './mutations.ts';

export type FidelityMutation = Mutation & {
  /** Part of the name of a case that finds it. */
  readonly foundBy: string;
};

export const FIDELITY_MUTATIONS: readonly FidelityMutation[] = [
  {
    mistake: 'follows the VirtualServices of any namespace',
    foundBy: 'N11 R8 untrusted',
    file: 'compile/routes/followed-routes.ts',
    find: "if (namespace !== ofName && !isFollowedFor(namespace, destination, snapshot)) return 'untrusted';",
    replace: "if (ofName === '') return 'untrusted';",
  },
  {
    mistake: 'takes the routing of the root namespace for that of a stranger',
    foundBy: 'K1 R2a',
    file: 'compile/mesh/followed-namespaces.ts',
    find: 'new Set([namespace, ...rootNamespacesOf(mesh), ...settings.trustedNamespaces])',
    replace: 'new Set([namespace, ...rootNamespacesOf(mesh).slice(9), ...settings.trustedNamespaces])',
  },
  {
    mistake: 'registers a host that the platform registers',
    foundBy: 'K3 R3a',
    file: 'compile/grants/from-host.ts',
    find: 'if (answering !== undefined && lacking.length === 0) {',
    replace: 'if (answering !== undefined && lacking.length > 99) {',
  },
  {
    mistake: 'lists a route beside a limited host in the listener without a port',
    foundBy: 'K2 R1b',
    file: 'compile/routes/followed-routes.ts',
    find: 'return { lists: [port, ...beside].map(',
    replace: 'return { lists: [undefined, ...beside].map(',
  },
  {
    mistake: 'builds no cluster where a route leads to another port',
    foundBy: 'K2 R1d',
    file: 'compile/routes/followed-routes.ts',
    find: 'return { lists: [port, ...beside].map(',
    replace: 'return { lists: [port, ...beside.slice(9)].map(',
  },
  {
    mistake: 'follows a VirtualService that opens further hosts',
    foundBy: 'K1 R4a',
    file: 'compile/routes/followed-routes.ts',
    find: '(each) => namesOpened(each, carried, { scope, calls }).length > 0,',
    replace: '(each) => namesOpened(each, carried, { scope, calls }).length > 99,',
  },
  {
    mistake: 'listens with TCP for TLS that is limited to a port',
    foundBy: 'N4 C4:',
    file: 'compile/sidecar/listener-protocol.ts',
    find: "if (kind === 'TCP' && listed.every(",
    replace: "if (kind === 'TCP-any' && listed.every(",
  },
  {
    mistake: 'declares HTTP for a limited port with gRPC-Web',
    foundBy: 'gRPC-Web: a limited port, by name',
    file: 'compile/sidecar/listener-protocol.ts',
    find: "return filteredOfOldest(listed) ?? 'HTTP';",
    replace: "return filteredOfOldest(listed) === 'MONGO' ? 'MONGO' : 'HTTP';",
  },
  {
    mistake: 'carries a TCP port whose name says UDP',
    foundBy: 'a TCP port whose name says UDP, by another spelling',
    file: 'domain/istio/port-protocol.ts',
    find: "port.protocol === 'UDP' || wordOf(port) === 'udp'",
    replace: "port.protocol === 'UDP' || wordOf(port) === 'udp-'",
  },
  {
    mistake: 'excludes the routes of a followed namespace',
    foundBy: 'N10 R6',
    file: 'compile/routes/excluded-routes.ts',
    find: 'names.every(isOfOtherNamespace) && !isFollowed(names))',
    replace: 'names.every(isOfOtherNamespace) && (isFollowed(names) || names.length > 0))',
  },
  {
    mistake: 'forgets the aliases of a granted namespace',
    foundBy: 'N1 C1',
    file: 'compile/grants/from-namespace.ts',
    find: 'const aliases = resolved.flatMap(({ targets = [] }) => targets);',
    replace: 'const aliases = resolved.flatMap(({ targets = [] }) => targets).slice(99);',
  },
  {
    mistake: 'lets a wildcard answer for the exact hosts below it',
    foundBy: 'N3 C3:',
    file: 'compile/grants/from-host.ts',
    find: 'targets: [...targets, ...below.map((registered) => registered.target)],',
    replace: 'targets: [...targets, ...below.slice(99).map((registered) => registered.target)],',
  },
  {
    mistake: 'takes the registration that is first by name',
    foundBy: 'N5 C11 trusted',
    file: 'compile/mesh/answering-entry.ts',
    find: 'byKey(({ creationTimestamp }) => creationTimestamp),',
    replace: '',
  },
  {
    mistake: 'does not follow the routes for the name of an alias',
    foundBy: 'N7 C15:',
    file: 'compile/routes/carried-names.ts',
    find: 'const others = [...(isUnknown ? [destination.host] : []), ...destination.aliases];',
    replace: 'const others = [...(isUnknown ? [destination.host] : []), ...destination.aliases.slice(99)];',
  },
  {
    mistake: 'keeps one address of a ServiceEntry with several',
    foundBy: '40 several addresses, one port',
    file: 'compile/routes/every-registration.ts',
    find: 'entries.some(({ addresses }) => addresses.length > 1);',
    replace: 'entries.some(({ addresses }) => addresses.length > 99);',
  },
  {
    mistake: 'keeps one of several ServiceEntries for a host',
    foundBy: '41 two entries, the port of the younger',
    file: 'compile/routes/every-registration.ts',
    find: 'return entries.length > 1 ||',
    replace: 'return entries.length > 99 ||',
  },
  {
    mistake: 'keeps every registration by importing those of others',
    foundBy: '40 nothing else is imported along',
    file: 'compile/routes/every-registration.ts',
    find: 'const added = exclusions ? [egressHost, `~${egressHost}`] : [egressHost];',
    replace: 'const added = exclusions ? [egressHost] : [egressHost];',
  },
  {
    mistake: 'lists a wildcard for a range, with the hosts below it',
    foundBy: 'a range lists no wildcard',
    file: 'compile/grants/from-cidr.ts',
    find: "addressing !== 'range' &&\n  (!isWildcard(host) || !importsOthers(namespace, host, cluster));",
    replace: "(addressing === 'range' || !isWildcard(host) || !importsOthers(namespace, host, cluster));",
  },
  {
    mistake: 'overlooks tls routes for a TCP Service',
    foundBy: 'a TLS host that is limited to the same port',
    file: 'compile/routes/tls-routes.ts',
    find: "protocol === 'tls' &&",
    replace: "protocol === 'http' &&",
  },
  {
    mistake: 'follows a route that brings in our own registration',
    foundBy: 'a followed route brings in no registration',
    file: 'compile/routes/followed-routes.ts',
    find: '!managed && answersBefore(name, provider, namespace, snapshot),',
    replace: 'managed || answersBefore(name, provider, namespace, snapshot),',
  },
  {
    mistake: 'follows a route that opens names on port 80 only',
    foundBy: 'K1 R4c',
    file: 'compile/routes/route-limits.ts',
    find: 'if (number !== 80 && !names.some(isThere)) return [];',
    replace: 'if (!names.some(isThere)) return [];',
  },
];
