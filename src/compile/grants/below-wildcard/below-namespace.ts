// What followed namespaces register below the wildcards that an entry grants with their whole namespace.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { isWildcardName } from '../../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../../domain/istio/registered-host.ts';
import { allowedPorts, type Ports } from '../grant.ts';
import { together, type FoundBeside } from '../resolution.ts';
import { registeredBelow } from './registered-below.ts';

type GrantedNamespace = {
  readonly namespace: string;
  /** What it registers, wildcards included. */
  readonly hosts: readonly RegisteredHost[];
  readonly ports: Ports;
};

/** Of hosts that the namespace itself registers on a granted port, nothing is said: they are granted anyhow. */
export function registeredBelowNamespace(
  { namespace, hosts, ports }: GrantedNamespace,
  snapshot: Snapshot,
): FoundBeside {
  const granted = hosts.filter((host) => allowedPorts(ports, host).length > 0);
  const wildcards = granted.filter(({ host }) => isWildcardName(host));
  if (wildcards.length === 0) return { targets: [], diagnostics: [] };
  const except = new Set(granted.map(({ host }) => host));
  return together(
    wildcards.map((wildcard) =>
      registeredBelow(
        { host: wildcard.host, ports: allowedPorts(ports, wildcard), provider: namespace, except },
        snapshot,
      ),
    ),
  );
}
