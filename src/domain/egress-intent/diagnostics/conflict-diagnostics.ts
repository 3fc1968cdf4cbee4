// Diagnostics of entries that Istio cannot combine with others: in the ServiceEntries of a namespace, or in the Sidecar of a pod.
import type { Labels } from '../../labels.ts';
import { normalisedHost, type HostName } from '../../network.ts';
import { unreachable } from '../../result.ts';
import { selectedPodsText, portsText, row, EXAMPLE_HOST, OMIT_PORTS } from '../diagnostic-row.ts';

/**
 * Why a port that is granted cannot be called:
 * - `headless`: no listener can be limited to some ports of a headless Service, nor of a host with neither address nor protocol
 * - `notNameable`: the listener of the port must name the host, and a Sidecar may not
 * - `udpPort`: Istio would use the UDP port with the same number
 * - `listenerConflict`: the listener that the port needs excludes the one for these hosts, which are on the same port.
 *   `plainTcp`: both hosts take every connection to the port
 * - `noHttpListener`: only a VirtualService knows the host, and Envoy has no listener for HTTP on the port
 * - `registeredBelow`: only a VirtualService knows the wildcard, and these hosts below it, which a Sidecar cannot leave out, have more than it grants
 * - `duplicateHost`: Istio uses the host of one namespace only, and these have the same name
 */
export type ConflictReason =
  | { readonly kind: 'headless' }
  | { readonly kind: 'notNameable' }
  | { readonly kind: 'udpPort' }
  | { readonly kind: 'noHttpListener' }
  | { readonly kind: 'registeredBelow'; readonly hosts: readonly string[] }
  | { readonly kind: 'listenerConflict'; readonly hosts: readonly string[]; readonly plainTcp?: true }
  | { readonly kind: 'duplicateHost'; readonly hosts: readonly string[] };

function conflictText(reason: ConflictReason): string {
  switch (reason.kind) {
    case 'headless':
      return 'Istio cannot limit a headless Service, or a host with neither address nor declared protocol, to some of its ports: list all of its ports, or omit ports';
    case 'notNameable':
      return `other hosts are limited to this port, so a listener has to list each of its hosts by name, and Istio refuses the name of this one: grant every port of the others (${OMIT_PORTS}), or ask the owner of this one to register it under a full DNS name`;
    case 'udpPort':
      return 'the Service also has a UDP port, which Istio confuses with the TCP ports when a Sidecar lists single ports: grant every port of the Service, or ask its owner to move UDP to a Service of its own';
    case 'noHttpListener':
      return 'only a VirtualService knows this host, and Envoy answers for such a host only if these pods may also call a registered one with HTTP on this port: ask the owner of the VirtualService to add a ServiceEntry for the host, with this port and protocol HTTP, or grant some Service that has HTTP on this port';
    case 'registeredBelow':
      return `only a VirtualService knows this wildcard, and to list it would also open ${reason.hosts.join(', ')}, which this Sidecar cannot leave out: grant each of these with serviceEntry too, upgrade Istio if it is older than 1.31, or grant single hosts in place of the wildcard`;
    case 'listenerConflict':
      return reason.plainTcp
        ? `plain TCP carries no host name to match on, so only one host without an address can use the port, and ${reason.hosts.join(', ')} was granted earlier: turn on DNS capture in the mesh and let Istio allocate an address to each, or grant them to different pods`
        : `it needs a listener of its own, which conflicts with that for ${reason.hosts.join(', ')}: grant every port of it, or of these hosts (${OMIT_PORTS}), or grant them to different pods`;
    case 'duplicateHost':
      return `Istio uses only one of several hosts with the same name, and ${reason.hosts.join(', ')} is reached differently on this port: grant only one of them, or grant them to different pods`;
    default:
      return unreachable(reason);
  }
}

const WEB: Labels = { app: 'web' };
const ENTRY_REFUSED = 'An entry is refused.';

export const CONFLICT_DIAGNOSTICS = {
  ProtocolConflict: row<{
    readonly host: HostName;
    /** The ports that are refused. */
    readonly ports: readonly number[];
    /** The port with two protocols, the protocol that it keeps, and the intent that was granted it. */
    readonly port: number;
    readonly protocol: string;
    readonly olderIntent: string;
    /** The index of the entry that was granted it, where that is one of the same intent. */
    readonly olderEntry?: number;
  }>({
    severity: 'refused',
    message: ({ host, port, protocol, olderIntent, olderEntry }) =>
      `port ${port} of ${host} was granted to ${olderEntry === undefined ? `intent ${olderIntent} earlier` : `spec.allow[${olderEntry}]`} as ${protocol}, and a namespace can register only one protocol for it: write protocol: ${protocol}, or remove one of the two entries`,
    documentation: {
      meaning:
        'Two entries of a namespace grant the same port of a host with different protocols. The older one keeps the port.',
      remedy: 'Agree on one protocol. It should be the one that the host speaks on that port.',
    },
    examples: [
      { host: EXAMPLE_HOST, ports: [80, 443], port: 443, protocol: 'TLS', olderIntent: 'checkout' },
      { host: EXAMPLE_HOST, ports: [443], port: 443, protocol: 'TLS', olderIntent: 'web', olderEntry: 3 },
    ],
    exception: {
      kind: 'refused',
      difference: ENTRY_REFUSED,
      cause:
        "A port of a registered host has one protocol in the whole namespace; the older entry's protocol stays.",
    },
  }),
  TcpHostNeedsAddress: row<{ readonly host: HostName; readonly ports: readonly number[] }>({
    severity: 'refused',
    message: ({ host, ports }) =>
      `${host} on ${portsText(ports)} is refused: plain TCP carries no host name to match on, so without an address this host would receive every call on the port. ${
        host.startsWith('*.')
          ? 'List its hosts by their exact names, or grant their addresses with cidr'
          : 'Turn on DNS capture in the mesh, restrict the whole namespace with an Enforce intent without workloadSelector, or grant its addresses with cidr'
      }`,
    documentation: {
      meaning:
        'A `host` with `protocol: TCP` has no address of its own, because the proxies do not answer DNS themselves. Istio would then send every call on that port to it, also from pods of the namespace that no intent restricts.',
      remedy:
        'Turn on DNS capture (`ISTIO_META_DNS_CAPTURE`), which gives every registered host an address; or restrict every pod of the namespace with an intent without `workloadSelector`; or grant the addresses of the host with `cidr`. For a wildcard none of these helps but `cidr`, or its hosts by their exact names.',
    },
    examples: [
      { host: normalisedHost('db.example.com'), ports: [5432] },
      { host: normalisedHost('*.example.com'), ports: [5432] },
    ],
    exception: {
      kind: 'refused',
      difference: 'A port of an entry is refused.',
      cause:
        'Plain TCP carries no host name to match on, so a host without an address would receive every call on that port.',
    },
  }),
  OlderGrantDisplaced: row<{
    readonly host: string;
    /** The ports that are refused; absent for every port. */
    readonly ports?: readonly number[];
    /** What would be displaced: `namespace/host`, its port, the intent that was granted it, and for which pods. */
    readonly displaced: string;
    readonly port: number;
    readonly olderIntent: string;
    readonly selector: Labels;
  }>({
    severity: 'refused',
    message: ({ host, ports, displaced, port, olderIntent, selector }) =>
      `to grant ${host}${ports ? ` on ${portsText(ports)}` : ''} would make port ${port} of ${displaced} unreachable for ${selectedPodsText(selector)}, and intent ${olderIntent} was granted that earlier: ${
        ports
          ? 'Istio registers an external host once for a namespace, with the ports of all its intents. Grant only ports of this host that other intents grant too, or move the app to another namespace'
          : 'remove one of the two entries, or grant them to different pods'
      }`,
    documentation: {
      meaning:
        'The entry would change the listeners of pods so that an older grant is lost. Older grants always stay, so this one is refused.',
      remedy:
        'Grant the host only with ports that other intents of the namespace grant, or move the app to a namespace of its own, where the host is registered separately.',
    },
    examples: [
      {
        host: EXAMPLE_HOST,
        ports: [8443],
        displaced: 'shop/tcp-443.cidr-203-0-113-0-24.egress-intent.internal',
        port: 443,
        olderIntent: 'checkout',
        selector: WEB,
      },
      { host: 'db/pods', displaced: 'blue/api', port: 5432, olderIntent: 'checkout', selector: {} },
    ],
    exception: {
      kind: 'refused',
      difference: ENTRY_REFUSED,
      cause:
        'A host is registered with the ports of the whole namespace; this entry would make unreachable what an older one grants.',
    },
  }),
  PortNotGranted: row<{
    readonly host: string;
    readonly port: number;
    /** The labels of the pods that cannot call the port. */
    readonly selector: Labels;
    readonly reason: ConflictReason;
  }>({
    severity: 'refused',
    message: ({ host, port, selector, reason }) =>
      `${selectedPodsText(selector)} cannot call port ${port} of ${host}: ${conflictText(reason)}`,
    documentation: {
      meaning:
        'One Sidecar cannot express all grants of these pods on this port. The older grant stays, and the other ports of the host are in force.',
      remedy:
        'The message names the remedy for each cause. To grant every port often helps: a listener for a single port is needed only where some host is limited to some of its ports. Omit `ports` for that, but not in a `host` entry, which then grants port 443 only: list there each port that some intent of the namespace grants the host.',
    },
    examples: [
      { host: 'db/pods', port: 5432, selector: {}, reason: { kind: 'headless' } },
      { host: 'blue/vmdb', port: 80, selector: WEB, reason: { kind: 'notNameable' } },
      { host: 'dns/server', port: 53, selector: WEB, reason: { kind: 'udpPort' } },
      { host: 'routes/old.example.com', port: 80, selector: WEB, reason: { kind: 'noHttpListener' } },
      {
        host: 'routes/*.example.com',
        port: 80,
        selector: WEB,
        reason: { kind: 'registeredBelow', hosts: ['routes/api.example.com'] },
      },
      {
        host: 'shop/api.example.com',
        port: 443,
        selector: WEB,
        reason: { kind: 'listenerConflict', hosts: ['blue/api'] },
      },
      {
        host: 'shop/other.example.com',
        port: 5432,
        selector: WEB,
        reason: { kind: 'listenerConflict', hosts: ['shop/db.example.com'], plainTcp: true },
      },
      {
        host: 'shop/api.example.com',
        port: 443,
        selector: WEB,
        reason: { kind: 'duplicateHost', hosts: ['entries/api.example.com'] },
      },
    ],
    exception: {
      kind: 'unreachable',
      difference: 'A port of a host is unreachable for some pods.',
      cause:
        'A Sidecar has one listener for a port number, and not every combination of limited hosts fits into it; a headless Service cannot be limited to some of its ports; and a host that only a VirtualService knows has no listener of its own.',
    },
  }),
};
