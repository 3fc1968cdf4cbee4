// Likely mistakes in an entry that is in force: what its own text shows and, for a range, the Services within it.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { blockOf, overlap, parseCidr, prefixLengthOf, withinCidr, type Cidr } from '../../domain/network.ts';
import { isOverPublicSuffix } from '../../domain/public-suffixes.ts';
import { brokenBy } from '../../domain/usual-protocols.ts';
import type { EntryDiagnostic, EntryOf, EntryResolution } from './resolution.ts';

/** Only an entry that grants something has risks. */
export const withRisks = (resolution: EntryResolution, risks: readonly EntryDiagnostic[]): EntryResolution =>
  (resolution.targets ?? []).length === 0 && resolution.conditional === undefined
    ? resolution
    : { ...resolution, diagnostics: [...(resolution.diagnostics ?? []), ...risks] };

export const hostRisks = ({ host, ports }: EntryOf<'host'>): readonly EntryDiagnostic[] => [
  ...(isOverPublicSuffix(host) ? [{ code: 'WildcardOverPublicSuffix', host } as const] : []),
  ...ports.flatMap(({ port, protocol }): readonly EntryDiagnostic[] => {
    const carries = brokenBy({ port, protocol });
    return carries === undefined ? [] : [{ code: 'PortUsuallyTcp', host, port, protocol, carries }];
  }),
];

/** Link-local ranges, and the metadata server of a cloud outside them. */
const LINK_LOCAL: readonly Cidr[] = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254'].flatMap((text) => {
  const parsed = parseCidr(text);
  return parsed.ok ? [parsed.value] : [];
});

const WIDEST = { ipv4: 16, ipv6: 32 } as const;

export function cidrRisks(entry: EntryOf<'cidr'>, snapshot: Snapshot): readonly EntryDiagnostic[] {
  const { cidr, address } = entry;
  const reserved = LINK_LOCAL.find((range) => overlap(range, cidr));
  const widest = cidr.includes(':') ? WIDEST.ipv6 : WIDEST.ipv4;
  return [
    ...(address === undefined ? [] : [{ code: 'CidrHasHostBits', cidr, address } as const]),
    ...(reserved === undefined ? [] : [{ code: 'CidrLinkLocal', cidr, reserved } as const]),
    ...(prefixLengthOf(cidr) < widest ? [{ code: 'CidrWide', cidr, widest } as const] : []),
    ...coveredServices(entry, snapshot),
  ];
}

/** A status stays readable, however many Services a range covers. */
const NAMED_SERVICES = 3;

/** One at most: where it overlaps a range of the cluster itself. */
export function coveredCluster(
  { cidr }: Pick<EntryOf<'cidr'>, 'cidr'>,
  { settings }: Pick<Snapshot, 'settings'>,
): readonly Extract<EntryDiagnostic, { readonly code: 'CidrInCluster' }>[] {
  const clusterCidr = settings.clusterCidrs.find((range) => overlap(range, cidr));
  return clusterCidr === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr }];
}

/**
 * Where a range is granted, a call to a ClusterIP within it reaches the Service on each granted port, whether an entry grants it or not. One
 * diagnostic at most, with the first Services by name.
 */
export function coveredServices(
  { cidr, ports }: Pick<EntryOf<'cidr'>, 'cidr' | 'ports'>,
  { cluster }: Pick<Snapshot, 'cluster'>,
): readonly Extract<EntryDiagnostic, { readonly code: 'CidrCoversServices' }>[] {
  const isWithin = withinCidr(cidr);
  const granted = new Set(ports);
  const covered = cluster.servicesInBlock(blockOf(cidr)).flatMap((service) => {
    const reached = service.ports
      .filter(({ protocol, number }) => protocol === 'TCP' && granted.has(number))
      .map(({ number }) => number);
    const isCovered = reached.length > 0 && service.clusterIps.some(isWithin);
    return isCovered ? [{ service: `${service.namespace}/${service.name}`, ports: reached }] : [];
  });
  if (covered.length === 0) return [];
  const services = covered.slice(0, NAMED_SERVICES);
  return [{ code: 'CidrCoversServices', cidr, services, others: covered.length - services.length }];
}
