// Likely mistakes in an entry that is in force: what its own text shows, without the cluster.
import { overlap, parseCidr, prefixLengthOf, type Cidr } from '../../domain/network.ts';
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

export function cidrRisks({ cidr }: EntryOf<'cidr'>): readonly EntryDiagnostic[] {
  const reserved = LINK_LOCAL.find((range) => overlap(range, cidr));
  const widest = cidr.includes(':') ? WIDEST.ipv6 : WIDEST.ipv4;
  return [
    ...(reserved === undefined ? [] : [{ code: 'CidrLinkLocal', cidr, reserved } as const]),
    ...(prefixLengthOf(cidr) < widest ? [{ code: 'CidrWide', cidr, widest } as const] : []),
  ];
}
