// The ServiceEntries for accepted grants: one for each external host, and one for each port of a range. Istio knows a host once per
// namespace, so each has the ports of every intent; which pods may call which port is decided by their Sidecars.
import { UNREMEMBERED, type Remembering } from '../../cluster/memo/memo.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../../domain/egress-intent/intent.ts';
import { featuresOf, type Features } from '../../domain/features.ts';
import type { ServiceEntryPort, ServiceEntrySpec } from '../../domain/kinds/service-entry.ts';
import type { HostName, HostPort } from '../../domain/network.ts';
import { byKey, byNumber } from '../../domain/order.ts';
import { istioText, type EffectiveSettings } from '../../domain/settings.ts';
import type { DesiredServiceEntry } from '../desired.ts';
import { cidrEntryName, hostEntryName } from '../object-names.ts';
import { entryOf, type External, type Grant } from './grant.ts';

type ExternalGrant = { readonly intent: Intent; readonly external: External };

/** In order of name. No two grants may give a port of a host different protocols (see `admitProtocols`). */
export function serviceEntriesFor(
  grants: readonly Grant[],
  settings: EffectiveSettings,
  { derive }: Remembering = UNREMEMBERED,
): readonly DesiredServiceEntry[] {
  const features = featuresOf(settings.istioVersion);
  const externals = grants
    .filter((grant) => grant.externals.length > 0)
    .flatMap(({ intent, externals: granted }) =>
      granted.map((external): ExternalGrant => ({ intent, external })),
    );
  return [...Map.groupBy(externals, ({ external }) => titleOf(external))]
    .map(([title, grouped]) =>
      derive(
        'ServiceEntry',
        title,
        grouped.flatMap(({ intent, external }) => [intent, external]),
        () => serviceEntryFor(grouped, features),
      ),
    )
    .toSorted(byKey(({ name }) => name));
}

function serviceEntryFor(grouped: readonly ExternalGrant[], features: Features): DesiredServiceEntry {
  const [first] = grouped;
  if (first === undefined) throw new Error('a ServiceEntry without a grant');
  const intents = new Set(grouped.map(({ intent }) => intent));
  return {
    kind: 'ServiceEntry',
    name: nameOf(first.external),
    spec: specOf(
      grouped.map(({ external }) => external),
      features,
    ),
    intents: [...intents].toSorted(byKey((intent) => intent.name)),
  };
}

const nameOf = (external: External): string =>
  external.kind === 'host' ? hostEntryName(external.host) : cidrEntryName(external.cidr, external.port);

/** What its name is made of. */
const titleOf = (external: External): string =>
  external.kind === 'host' ? external.host : `${external.cidr} ${external.port}`;

const COMMON = { exportTo: ['.'], location: 'MESH_EXTERNAL' } as const;

/** All of one host, or of one port of one range. */
function specOf([first, ...others]: readonly External[], features: Features): ServiceEntrySpec {
  if (first === undefined) throw new Error('a ServiceEntry without a grant');
  if (first.kind === 'cidr') return cidrSpec(first);
  const ports = [first, ...others].flatMap((external) => (external.kind === 'host' ? external.ports : []));
  return hostSpec(first.host, ports, features);
}

const cidrSpec = ({ cidr, port, host }: External & { readonly kind: 'cidr' }): ServiceEntrySpec => ({
  hosts: [host],
  addresses: [cidr],
  ...COMMON,
  resolution: 'NONE',
  ports: [{ number: port, name: `tcp-${port}`, protocol: 'TCP' }],
});

function hostSpec(host: HostName, ports: readonly HostPort[], features: Features): ServiceEntrySpec {
  const distinct = [...new Map(ports.map((port) => [port.port, port])).values()];
  return {
    hosts: [host],
    ...COMMON,
    resolution: resolutionOf(host, distinct, features),
    ports: distinct.toSorted(byNumber(({ port }) => port)).map(serviceEntryPort),
  };
}

export const serviceEntryPort = ({ port, protocol }: HostPort): ServiceEntryPort => ({
  number: port,
  name: `${protocol.toLowerCase()}-${port}`,
  protocol,
});

/**
 * Envoy resolves an exact name itself, so a client gains nothing by spoofing the Host header or the SNI. For a wildcard with TLS ports
 * only it does the same where the version of Istio supports it; otherwise the client chooses the address.
 */
function resolutionOf(
  host: HostName,
  ports: readonly HostPort[],
  { dynamicDns }: Features,
): ServiceEntrySpec['resolution'] {
  if (!host.startsWith('*.')) return 'DNS';
  return dynamicDns && ports.every(({ protocol }) => protocol === 'TLS') ? 'DYNAMIC_DNS' : 'NONE';
}

/** Reports wildcards for which the client chooses the address: a pod that spoofs a name reaches any address on their ports. */
export function wildcardDiagnostics(
  grants: readonly Grant[],
  entries: readonly DesiredServiceEntry[],
  settings: EffectiveSettings,
): readonly Diagnostic[] {
  const { dynamicDns } = featuresOf(settings.istioVersion);
  const version = dynamicDns ? {} : { olderIstio: istioText(settings) };
  const unresolved = new Set(entries.flatMap(({ spec }) => (spec.resolution === 'NONE' ? spec.hosts : [])));
  if (unresolved.size === 0) return [];
  return grants.flatMap((grant) =>
    grant.externals.flatMap((external): readonly Diagnostic[] =>
      external.kind === 'host' && unresolved.has(external.host)
        ? [{ code: 'HostSpoofable', ...entryOf(grant), destination: external.host, ...version }]
        : [],
    ),
  );
}
