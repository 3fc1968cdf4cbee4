// Which ports of which outside hosts the intents of a namespace name. A host is registered once for all of them.
import type { Intent } from '../../domain/egress-intent/intent.ts';
import { covers } from '../../domain/istio/egress-host.ts';
import type { HostPort } from '../../domain/network.ts';

/** By host, a wildcard as written; each port as often as entries name it. */
export type GrantedHostPorts = ReadonlyMap<string, readonly HostPort[]>;

export function grantedHostPorts(intents: readonly Intent[]): GrantedHostPorts {
  const byHost = new Map<string, HostPort[]>();
  for (const { allow } of intents) {
    for (const entry of allow) {
      if (entry.kind !== 'host') continue;
      const ports = byHost.get(entry.host);
      if (ports === undefined) byHost.set(entry.host, [...entry.ports]);
      else ports.push(...entry.ports);
    }
  }
  return byHost;
}

/** True if some entry of kind host names the host or, for a wildcard, a host below it. */
export const isNamedByHostEntry = (host: string, granted: GrantedHostPorts): boolean =>
  granted.has(host) || (host.startsWith('*.') && [...granted.keys()].some((named) => covers(host, named)));
