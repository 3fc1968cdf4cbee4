// Why a VirtualService for a granted host is not followed, and what helps.
import { unreachable } from '../../result.ts';
import { OMIT_PORTS } from '../diagnostic-row.ts';

/**
 * Why a VirtualService for a granted host is not followed:
 * - `untrusted`: its namespace is neither that of the caller, nor of the host, nor one that the platform trusts
 * - `notNameable`: a Sidecar may not name its host
 * - `otherHosts`: it, or another one that the same name imports, would also let calls through for hosts that are not granted
 * - `otherRegistration`: its namespace registers the host too, and Istio would use that registration
 * - `otherEnd`: it leads to a host of which Istio would then use another registration than the one that is granted
 * - `otherPort`: it leads to a port for which Istio builds no cluster, since the entry is limited to some ports
 * - `widerWildcard`: it is for a wildcard below the granted one, which is now registered
 * - `upperCase`: it is for a wildcard that is not in lower case, and the granted host is now registered
 * - `tlsListener`: it routes plain TCP, and the listener that the port needs is one of TLS
 */
export type RouteNotFollowedReason =
  | 'untrusted'
  | 'notNameable'
  | 'otherHosts'
  | 'otherRegistration'
  | 'otherEnd'
  | 'otherPort'
  | 'widerWildcard'
  | 'upperCase'
  | 'tlsListener';

export function notFollowedText(reason: RouteNotFollowedReason, namespace: string): string {
  switch (reason) {
    case 'untrusted':
      return `anybody can export one, and its namespace is not trusted: ask the platform team to trust it with --trusted-namespace ${namespace}, or the owner to move the route to this namespace`;
    case 'otherHosts':
      return 'it, or another VirtualService of its namespace for this host, would also let calls through for other hosts, which these pods are not granted: ask its owner to give this host a VirtualService of its own, or grant the other hosts too';
    case 'otherRegistration':
      return 'its namespace also has a ServiceEntry for the host, which Istio would then use instead of the granted one: ask its owner to keep the two in different namespaces, or call the host by that ServiceEntry alone: grant it with serviceEntry, and let no other ServiceEntry for the host be visible to these pods';
    case 'notNameable':
      return 'a Sidecar has to list its host, and Istio refuses that name: ask its owner to write its full name, or a wildcard such as "*.example.com", in lower case';
    case 'otherEnd':
      return `it leads to a host that several ServiceEntries register, of which Istio would then use another one than the granted one: grant every port of both hosts (${OMIT_PORTS})`;
    case 'otherPort':
      return `it leads to another port, which Istio cannot reach from an entry that is limited to some ports: grant every port (${OMIT_PORTS}), or grant the host and port to which it leads too`;
    case 'widerWildcard':
      return 'Istio ignores HTTP routes for a wildcard where a wider one is registered, and the controller registers the wildcard of this entry: grant each name that it routes with a host entry of its own too, or ask its owner to list these names instead of the wildcard';
    case 'upperCase':
      return 'Istio ignores HTTP routes for a wildcard with capital letters where a host that it covers is registered, and the controller registers this one: ask its owner to write the wildcard in lower case';
    case 'tlsListener':
      return `these pods also call TLS on this port, with entries that are limited to it, and then Istio applies no routes for plain TCP there: grant every port of the hosts with TLS (${OMIT_PORTS}), or grant those hosts to other pods`;
    default:
      return unreachable(reason);
  }
}
