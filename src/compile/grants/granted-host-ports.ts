// Which ports of which outside hosts the intents of a namespace name. A host is registered once for all of them.
import type { Intent } from '../../domain/egress-intent/intent.ts';
import { covers } from '../../domain/istio/egress-host.ts';
import type { HostPort } from '../../domain/network.ts';
import { oldestIntentFirst } from './grant.ts';

/** By host, a wildcard as written. Each port once, with the protocol of the oldest intent: a younger one with another protocol is refused. */
export type GrantedHostPorts = ReadonlyMap<string, readonly HostPort[]>;

export function grantedHostPorts(intents: readonly Intent[]): GrantedHostPorts {
  const byHost = new Map<string, Map<number, HostPort>>();
  for (const { allow } of intents.toSorted(oldestIntentFirst)) {
    for (const entry of allow) {
      if (entry.kind !== 'host') continue;
      const ports = byHost.get(entry.host) ?? new Map<number, HostPort>();
      byHost.set(entry.host, ports);
      for (const port of entry.ports) if (!ports.has(port.port)) ports.set(port.port, port);
    }
  }
  return new Map([...byHost].map(([host, ports]) => [host, [...ports.values()]]));
}

/** True if some entry of kind host names the host or, for a wildcard, a host below it. */
export const isNamedByHostEntry = (host: string, granted: GrantedHostPorts): boolean =>
  granted.has(host) || (host.startsWith('*.') && [...granted.keys()].some((named) => covers(host, named)));
