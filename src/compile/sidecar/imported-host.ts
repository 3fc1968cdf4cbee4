// The hosts that a destination imports: those that it grants, and those that its wildcard brings in.
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost, RegisteredPort } from '../../domain/istio/registered-host.ts';
import { allowedPorts } from '../grants/grant.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { hostsGrantedBy, isImportedByWildcard, type Destination } from './destination.ts';

/** A host that the Sidecar would import. */
export type ImportedHost = {
  readonly destination: Destination;
  readonly host: RegisteredHost;
  /** The ports on which the Sidecar would import it. */
  readonly ports: readonly RegisteredPort[];
  /** False for a host that a wildcard imports without granting it: no entry asks for it. */
  readonly granted: boolean;
};

/** A host that a wildcard imports without granting it counts only on the ports of the wildcard: on any other port it is not reached. */
export function hostsImportedBy(
  destination: Destination,
  registry: ServiceRegistry,
): readonly ImportedHost[] {
  const wildcardPorts = hostsGrantedBy(destination, registry).flatMap((host) =>
    allowedPorts(destination.ports, host).map(({ number }) => number),
  );
  return registry(destination.host).map((host) => {
    const granted = !isImportedByWildcard(destination, egressHost(host));
    return {
      destination,
      host,
      ports: allowedPorts(granted ? destination.ports : wildcardPorts, host),
      granted,
    };
  });
}

export const grantedPorts = ({ granted, ports }: ImportedHost): readonly RegisteredPort[] =>
  granted ? ports : [];
