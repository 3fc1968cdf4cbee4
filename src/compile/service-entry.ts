// Builds the ServiceEntry objects of a namespace, one for each external host and one for each port of a range. Istio knows a host
// once per namespace, so here the wishes of all its intents meet.
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { HostPort, Intent } from '../domain/intent.ts';
import type { ServiceEntrySpec } from '../domain/istio.ts';
import type { DesiredServiceEntry } from '../domain/model.ts';
import type { HostName } from '../domain/network.ts';
import { byEach, byKey } from '../domain/order.ts';
import { cidrEntryName, cidrHost, hostEntryName } from './names.ts';
import type { External, Grant } from './resolve.ts';

export type Registration = {
  /** Every ServiceEntry that is wanted, in order of name. */
  readonly serviceEntries: readonly DesiredServiceEntry[];
  /** The grants that are in force, with the hosts under which Istio knows their externals. */
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
};

/**
 * Registers what the grants need. Where two of them want different ports of one host, the older intent keeps what it has and
 * the younger entry is refused: a ServiceEntry is seen by the whole namespace, so it would give each the ports of both.
 */
export function register(namespace: string, grants: readonly Grant[]): Registration {
  const claims = new Map<HostName, Claim>();
  const diagnostics: Diagnostic[] = [];
  const accepted = grants.toSorted(oldestFirst).filter((grant) => {
    const problem = claim(claims, grant);
    if (problem !== undefined) diagnostics.push(problem);
    return problem === undefined;
  });
  return {
    serviceEntries: serviceEntriesOf(accepted, claims),
    grants: accepted.map((grant) => ({
      ...grant,
      hosts: [...grant.hosts, ...grant.externals.flatMap((external) => cidrHosts(namespace, external))],
    })),
    diagnostics,
  };
}

type Claim = { readonly intent: Intent; readonly ports: readonly HostPort[] };

const oldestFirst = byEach<Grant>(
  byKey(({ intent }) => intent.creationTimestamp),
  byKey(({ intent }) => intent.name),
);

const cidrHosts = (namespace: string, external: External): readonly string[] =>
  external.kind === 'cidr' ? [`${namespace}/${cidrHost(external.cidr, external.port)}`] : [];

/** Records which ports a grant wants of its hosts, or says why it cannot have them. */
function claim(claims: Map<HostName, Claim>, { intent, entry, externals }: Grant): Diagnostic | undefined {
  for (const external of externals) {
    if (external.kind !== 'host') continue;
    const { host, ports } = external;
    const held = claims.get(host);
    if (held === undefined) {
      claims.set(host, { intent, ports });
    } else if (held.intent === intent) {
      const clash = ports.find((a) => held.ports.some((b) => a.port === b.port && a.protocol !== b.protocol));
      if (clash) return { code: 'HostProtocolsDiffer', intent: intent.name, entry, host, port: clash.port };
      claims.set(host, { intent, ports: joined(held.ports, ports) });
    } else if (!samePorts(held.ports, ports)) {
      const other = { other: held.intent.name, otherPorts: held.ports };
      return { code: 'HostPortsDiffer', intent: intent.name, entry, host, ports, ...other };
    }
  }
  return undefined;
}

const portText = ({ port, protocol }: HostPort): string => `${port} ${protocol}`;

const samePorts = (a: readonly HostPort[], b: readonly HostPort[]): boolean =>
  a.map(portText).join() === b.map(portText).join();

const joined = (a: readonly HostPort[], b: readonly HostPort[]): readonly HostPort[] =>
  [...new Map([...a, ...b].map((port) => [port.port, port])).values()].toSorted((x, y) => x.port - y.port);

function serviceEntriesOf(
  grants: readonly Grant[],
  claims: ReadonlyMap<HostName, Claim>,
): readonly DesiredServiceEntry[] {
  const wanted = new Map<string, { readonly spec: ServiceEntrySpec; readonly intents: Set<Intent> }>();
  for (const { intent, externals } of grants) {
    for (const external of externals) {
      const { name, spec } = entryFor(external, claims);
      const known = wanted.get(name);
      if (known === undefined) wanted.set(name, { spec, intents: new Set([intent]) });
      else known.intents.add(intent);
    }
  }
  return [...wanted]
    .map(([name, { spec, intents }]): DesiredServiceEntry => ({
      kind: 'ServiceEntry',
      name,
      spec,
      intents: [...intents].toSorted(byKey((intent) => intent.name)),
    }))
    .toSorted(byKey(({ name }) => name));
}

const COMMON = { exportTo: ['.'], location: 'MESH_EXTERNAL' } as const;

function entryFor(
  external: External,
  claims: ReadonlyMap<HostName, Claim>,
): { readonly name: string; readonly spec: ServiceEntrySpec } {
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
  const { host, ports } = external;
  return {
    name: hostEntryName(host),
    spec: {
      hosts: [host],
      ...COMMON,
      // Envoy resolves the name itself, so a client gains nothing by forging Host or SNI.
      resolution: 'DNS',
      ports: (claims.get(host)?.ports ?? ports).map(({ port, protocol }) => ({
        number: port,
        name: `${protocol.toLowerCase()}-${port}`,
        protocol,
      })),
    },
  };
}
