// Refuses grants that give a port of an external host another protocol than an older grant: Istio knows a host once per namespace, and
// a port of it has one protocol.
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import type { Protocol } from '../../domain/network.ts';
import { entryOf, oldestGrantFirst, type Admission, type Grant } from './grant.ts';

/** The protocol that the oldest grant gave a port, the name of its intent, and the index of its entry. */
type PortClaim = { readonly protocol: Protocol; readonly intent: string; readonly entry: number };

/** By `host:port`. */
type PortClaims = Map<string, PortClaim>;

/** The accepted grants are in order of age, oldest first. */
export function admitProtocols(grants: readonly Grant[]): Admission {
  const claims: PortClaims = new Map();
  const accepted: Grant[] = [];
  const refused: Diagnostic[] = [];
  for (const grant of grants.toSorted(oldestGrantFirst)) {
    const conflict = protocolConflict(grant, claims);
    if (conflict === undefined) {
      claimPorts(grant, claims);
      accepted.push(grant);
    } else refused.push(conflict);
  }
  return { accepted, refused };
}

function protocolConflict(grant: Grant, claims: PortClaims): Diagnostic | undefined {
  for (const external of grant.externals) {
    if (external.kind !== 'host') continue;
    const { host, ports } = external;
    for (const { port, protocol } of ports) {
      const claim = claims.get(`${host}:${port}`);
      if (claim === undefined || claim.protocol === protocol) continue;
      return {
        code: 'ProtocolConflict',
        ...entryOf(grant),
        host,
        ports: ports.map((hostPort) => hostPort.port),
        port,
        protocol: claim.protocol,
        olderIntent: claim.intent,
        ...(claim.intent === grant.intent.name && { olderEntry: claim.entry }),
      };
    }
  }
  return undefined;
}

function claimPorts({ intent, entry, externals }: Grant, claims: PortClaims): void {
  for (const external of externals) {
    if (external.kind !== 'host') continue;
    for (const { port, protocol } of external.ports) {
      const key = `${external.host}:${port}`;
      if (!claims.has(key)) claims.set(key, { protocol, intent: intent.name, entry });
    }
  }
}
