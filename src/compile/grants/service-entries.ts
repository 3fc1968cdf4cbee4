// Builds the ServiceEntry objects of a namespace, one for each external host and one for each port of a range. Istio knows a host
// once per namespace, so here the wishes of all its intents meet; which app may use which port is for its Sidecar to say.
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import { featuresOf, type Features } from '../../domain/features.ts';
import type { Intent } from '../../domain/egress-intent/intent.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { HostName, HostPort } from '../../domain/network.ts';
import { byKey, byNumber } from '../../domain/order.ts';
import { istioText, type EffectiveSettings } from '../../domain/settings.ts';
import { oldestGrantFirst, type External, type Grant } from './grant.ts';
import { cidrEntryName, cidrHost, hostEntryName } from '../object-names.ts';
import { target } from './resolution.ts';
import type { ServiceEntryPort, ServiceEntrySpec } from '../../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry } from '../compilation.ts';

export type Registration = {
  /** Every ServiceEntry that is wanted, in order of name. */
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** The grants that are in force, the oldest first, those of ranges with the hosts under which Istio knows them. */
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
};

/**
 * Registers what the grants need: of each host the union of the ports. A port has one protocol, so where two grants disagree the
 * older one keeps it and the younger entry is refused.
 */
export function registerExternals({ namespace, settings }: Snapshot, grants: readonly Grant[]): Registration {
  const claims: PortClaims = new Map();
  const diagnostics: Diagnostic[] = [];
  const accepted = grants.toSorted(oldestGrantFirst).filter((grant) => {
    const problem = claimPorts(claims, grant);
    if (problem !== undefined) diagnostics.push(problem);
    return problem === undefined;
  });
  const serviceEntries = serviceEntriesOf(accepted, claims, featuresOf(settings.istioVersion));
  return {
    serviceEntries,
    grants: accepted.map((grant) => ({
      ...grant,
      targets: [...grant.targets, ...grant.externals.flatMap((external) => cidrTargets(namespace, external))],
    })),
    diagnostics: [...diagnostics, ...spoofableWildcardDiagnostics(accepted, serviceEntries, settings)],
  };
}

/** A name under which the client chooses the address proves nothing: whoever forges it may call any address on that port. */
function spoofableWildcardDiagnostics(
  grants: readonly Grant[],
  entries: readonly DesiredServiceEntry[],
  settings: EffectiveSettings,
): readonly Diagnostic[] {
  const reason = featuresOf(settings.istioVersion).dynamicDns
    ? {}
    : {
        reason: `${istioText(settings)} has no other way; 1.30 resolves the names of a TLS wildcard itself`,
      };
  const open = new Set(entries.flatMap(({ spec }) => (spec.resolution === 'NONE' ? spec.hosts : [])));
  return grants.flatMap(({ intent, entry, externals }) =>
    externals.flatMap((external): Diagnostic[] =>
      external.kind === 'host' && open.has(external.host)
        ? [
            {
              code: 'HostSpoofable',
              intent: intent.name,
              entry,
              destination: external.host,
              ...reason,
            },
          ]
        : [],
    ),
  );
}

/** A port with the protocol that it was first asked for with, and by whom. */
type PortClaim = { readonly port: HostPort; readonly intent: Intent };
type PortClaims = Map<HostName, Map<number, PortClaim>>;

const cidrTargets = (namespace: string, external: External) =>
  external.kind === 'cidr' ? [target(`${namespace}/${cidrHost(external.cidr, external.port)}`, 'every')] : [];

function claimPorts(claims: PortClaims, { intent, entry, externals }: Grant): Diagnostic | undefined {
  const hosts = externals.flatMap((external) => (external.kind === 'host' ? [external] : []));
  for (const { host, ports } of hosts) {
    const held = claims.get(host);
    const clash = ports.find(
      ({ port, protocol }) => (held?.get(port)?.port.protocol ?? protocol) !== protocol,
    );
    if (clash) {
      const other = held?.get(clash.port)?.intent.name ?? intent.name;
      return {
        code: 'ProtocolConflict',
        intent: intent.name,
        entry,
        host,
        ports: ports.map(({ port }) => port),
        port: clash.port,
        other,
      };
    }
  }
  for (const { host, ports } of hosts) {
    const held = claims.get(host) ?? new Map<number, PortClaim>();
    for (const port of ports) if (!held.has(port.port)) held.set(port.port, { port, intent });
    claims.set(host, held);
  }
  return undefined;
}

function serviceEntriesOf(
  grants: readonly Grant[],
  claims: PortClaims,
  features: Features,
): readonly DesiredServiceEntry[] {
  const wishes = grants.flatMap(({ intent, externals }) =>
    externals.map((external) => ({ intent, ...serviceEntryOf(external, claims, features) })),
  );
  return [...Map.groupBy(wishes, ({ name }) => name)]
    .flatMap(([name, [first, ...others]]): DesiredServiceEntry[] => {
      if (first === undefined) return [];
      const intents = [...new Set([first, ...others].map(({ intent }) => intent))];
      return [
        {
          kind: 'ServiceEntry',
          name,
          spec: first.spec,
          intents: intents.toSorted(byKey((intent) => intent.name)),
        },
      ];
    })
    .toSorted(byKey(({ name }) => name));
}

type NamedSpec = { readonly name: string; readonly spec: ServiceEntrySpec };

const COMMON = { exportTo: ['.'], location: 'MESH_EXTERNAL' } as const;

function serviceEntryOf(external: External, claims: PortClaims, features: Features): NamedSpec {
  if (external.kind === 'cidr') {
    const { cidr, port } = external;
    return {
      name: cidrEntryName(cidr, port),
      spec: {
        hosts: [cidrHost(cidr, port)],
        addresses: [cidr],
        ...COMMON,
        resolution: 'NONE',
        ports: [{ number: port, name: `tcp-${port}`, protocol: 'TCP' }],
      },
    };
  }
  const { host } = external;
  const ports = [...(claims.get(host)?.values() ?? [])]
    .map(({ port }) => port)
    .toSorted(byNumber(({ port }) => port));
  return {
    name: hostEntryName(host),
    spec: {
      hosts: [host],
      ...COMMON,
      resolution: resolutionOf(host, ports, features),
      ports: ports.map(serviceEntryPort),
    },
  };
}

export const serviceEntryPort = ({ port, protocol }: HostPort): ServiceEntryPort => ({
  number: port,
  name: `${protocol.toLowerCase()}-${port}`,
  protocol,
});

/**
 * Envoy resolves an exact name itself, so a client gains nothing by forging Host or SNI. Of a wildcard it can do so for TLS where
 * this Istio knows how; otherwise the client chooses the address.
 */
function resolutionOf(
  host: HostName,
  ports: readonly HostPort[],
  { dynamicDns }: Features,
): ServiceEntrySpec['resolution'] {
  if (!host.startsWith('*.')) return 'DNS';
  return dynamicDns && ports.every(({ protocol }) => protocol === 'TLS') ? 'DYNAMIC_DNS' : 'NONE';
}
