// Mistakes that a compiler could make about how granted calls travel, each about another rule. A small mesh of fidelity-cases/ must find each of them.
import { BELOW_WILDCARD_MUTATIONS } from './below-wildcard-mutations.ts';
import { LISTENER_MUTATIONS } from './listener-mutations.ts';
import type { Mutation } from './mutations.ts';
import { REGISTRATION_MUTATIONS } from './registration-mutations.ts';

export type FidelityMutation = Mutation & {
  /** Part of the name of a case that finds it. */
  readonly foundBy: string;
};

export const FIDELITY_MUTATIONS: readonly FidelityMutation[] = [
  {
    mistake: 'follows the VirtualServices of any namespace',
    foundBy: 'N11 R8 untrusted',
    file: 'compile/routes/followed-routes.ts',
    find: "if (!isFollowed(routes, called, snapshot)) return 'untrusted';",
    replace: "if (name === '') return 'untrusted';",
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
    find: '(each) => namesOpened(each, carried, { scope, calls }).length > 0)',
    replace: '(each) => namesOpened(each, carried, { scope, calls }).length > 99)',
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
    mistake: 'leaves excluded what it lists for a followed route',
    foundBy: 'the platform routes two',
    file: 'compile/routes/followed-routes.ts',
    find: 'withFurtherHosts(withoutExclusions(listener, added), added)',
    replace: 'withFurtherHosts(added.length < 0 ? withoutExclusions(listener, added) : listener, added)',
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
    find: 'together([own, below])',
    replace: 'together([own, { ...below, targets: [] }])',
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
    find: 'visible.some(({ addresses }) => addresses.length > 1);',
    replace: 'entries.some(({ addresses }) => addresses.length > 99);',
  },
  {
    mistake: 'keeps one of several ServiceEntries for a host',
    foundBy: '41 two entries, the port of the younger',
    file: 'compile/routes/every-registration.ts',
    find: 'return visible.length > 1 ||',
    replace: 'return visible.length > 99 ||',
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
    file: 'compile/grants/within-range/registered-within.ts',
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
    file: 'compile/routes/end-registration.ts',
    find: '!managed && answersBefore(name, provider, namespace, snapshot),',
    replace: 'managed || answersBefore(name, provider, namespace, snapshot),',
  },
  {
    mistake: 'follows a route that opens names on port 80 only',
    foundBy: 'K1 R4c',
    file: 'compile/routes/opened-names.ts',
    find: 'if (number !== UNREGISTERED_PORT && there.coveredBy(names).length === 0) return [];',
    replace: 'if (there.coveredBy(names).length === 0) return [];',
  },
  {
    mistake: 'overlooks that istiod may take a registration which the caller cannot see',
    foundBy: 'which the caller cannot see',
    file: 'compile/routes/every-registration.ts',
    find: 'visible.length < foreign.length && entries.length > 1;',
    replace: 'visible.length < foreign.length && entries.length > 99;',
  },
  {
    mistake: 'lets the older of two granted registrations answer',
    foundBy: 'two granted registrations, both limited to a port',
    file: 'compile/mesh/answering-entry.ts',
    find: 'return entries[0] === entries.toSorted(byAge)[0];',
    replace: 'return entries[0] === entries.toSorted(byAge)[0] || entries.length > 1;',
  },
  {
    mistake: 'takes a namespace that is listed for its route for one that registers the host',
    foundBy: '41 of two granted namespaces the younger answers',
    file: 'compile/mesh/answering-entry.ts',
    find: 'isOurs || entries[0]?.namespace === own',
    replace: 'isOurs || entries.length >= 0',
  },
  {
    mistake: 'does not tell of a granted registration that another one replaces',
    foundBy: 'of which only the other has a further granted port',
    file: 'compile/interference/registrations/replaced-registrations.ts',
    find: 'new Set(hosts.map(({ host }) => host.namespace)).size > 1;',
    replace: 'new Set(hosts.map(({ host }) => host.namespace)).size > 99;',
  },
  {
    mistake: 'keeps the older of two granted registrations though the other one answers and has all ports',
    foundBy: 'of which the one that answers first has a further granted port',
    file: 'compile/sidecar/hostname-collisions.ts',
    find: '(answersForAll(candidate, sameName, answerOrder) ? 0 : 1)',
    replace: '(answersForAll(candidate, sameName, answerOrder) ? 1 : 1)',
  },
  ...BELOW_WILDCARD_MUTATIONS,
  ...LISTENER_MUTATIONS,
  ...REGISTRATION_MUTATIONS,
];
