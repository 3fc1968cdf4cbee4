// Which ports of which outside hosts the intents of a namespace name. A host is registered once for all of them.
import type { Remembering } from '../../cluster/memo/memo.ts';
import type { AllowEntry, Intent } from '../../domain/egress-intent/intent.ts';
import { covers } from '../../domain/istio/egress-host.ts';
import { once } from '../../domain/once.ts';
import type { HostPort } from '../../domain/network.ts';
import { oldestIntentFirst } from './grant.ts';

export type GrantedHostPorts = {
  /**
   * The ports of a host, a wildcard as written; `undefined` for one that no entry of kind host names. Each port once, with the protocol of the oldest
   * intent: a younger one with another protocol is refused.
   */
  readonly get: (host: string) => readonly HostPort[] | undefined;
  /** True if some entry of kind host names the host or, for a wildcard, a host below it. */
  readonly isNamed: (host: string) => boolean;
  /** The entries of kinds host and serviceEntry that grant the host or a wildcard above it. */
  readonly ofHost: (host: string) => readonly HostGranting[];
  /** The entries that grant Services. */
  readonly ofServices: () => readonly ServiceGranting[];
};

type HostGranting = Extract<AllowEntry, { kind: 'host' | 'serviceEntry' }>;
type ServiceGranting = Extract<AllowEntry, { kind: 'service' | 'namespace' }>;

export function grantedHostPorts(intents: readonly Intent[]): GrantedHostPorts {
  const byHost = new Map<string, Map<number, HostPort>>();
  const naming = intents.filter(({ allow }) => allow.some(({ kind }) => kind === 'host'));
  for (const { allow } of naming.toSorted(oldestIntentFirst)) {
    for (const entry of allow) {
      if (entry.kind !== 'host') continue;
      const ports = byHost.get(entry.host) ?? new Map<number, HostPort>();
      byHost.set(entry.host, ports);
      for (const port of entry.ports) if (!ports.has(port.port)) ports.set(port.port, port);
    }
  }
  const granted = new Map([...byHost].map(([host, ports]) => [host, [...ports.values()]]));
  const entries = intents.flatMap(({ allow }) => allow);
  const outside = entries.filter((entry) => entry.kind === 'host' || entry.kind === 'serviceEntry');
  const ofServices = entries.filter((entry) => entry.kind === 'service' || entry.kind === 'namespace');
  return {
    ofHost: (host) => outside.filter((entry) => covers(entry.host, host)),
    ofServices: () => ofServices,
    get: (host) => granted.get(host),
    isNamed: (host) =>
      granted.has(host) ||
      (host.startsWith('*.') && [...granted.keys()].some((named) => covers(host, named))),
  };
}

/** The same, each answer for itself: an entry for one host does not concern those for others. */
export function rememberedHostPorts(intents: readonly Intent[], { tracked }: Remembering): GrantedHostPorts {
  const granted = once(() => grantedHostPorts(intents));
  return {
    get: tracked('ports of host entries', (host) => granted().get(host), { same: arePortsEqual }),
    isNamed: tracked('hosts that entries name', (host) => granted().isNamed(host)),
    ofHost: tracked('entries for a host', (host) => granted().ofHost(host)),
    ofServices: tracked('entries for Services', () => granted().ofServices()),
  };
}

const arePortsEqual = (a: readonly HostPort[] | undefined, b: readonly HostPort[] | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
