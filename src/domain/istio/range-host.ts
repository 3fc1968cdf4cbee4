// The hosts under which the ports of an address or range are registered with Istio. They are our invention, so people are told the range.
import { parseCidr, type Cidr } from '../network.ts';

const SUFFIX = 'egress-intent.internal';

/**
 * The hosts that register the ports of an address or range; they are never resolved. A host is readable, since metrics and access logs show it:
 * `tcp-5432.cidr-203-0-113-0-24.egress-intent.internal`. `cidr` and `ip` keep `a::b00/120`, a range, apart from `a::b00:120`, an address. No
 * label of a host may end with a dash, so `fd00::` is written `fd00::0`.
 */
export function cidrHosts(cidr: Cidr): (port: number) => string {
  const kind = cidr.includes('/') ? 'cidr' : 'ip';
  const range = `${kind}-${cidr.replaceAll(/[.:/]/g, '-')}`.replace(/-$/, '-0');
  return (port) => `tcp-${port}.${range}.${SUFFIX}`;
}

/** With the namespace that may stand before it in the list of a Sidecar; not as a part of a longer name. */
const RANGE_HOST = new RegExp(
  String.raw`(?<![-a-z0-9])(?:[-a-z0-9]+/)?tcp-(\d+)\.(cidr|ip)-([-0-9a-f]+)\.${SUFFIX.replace('.', String.raw`\.`)}(?![-a-z0-9]|\.[a-z0-9])`,
  'g',
);

/** The text with each such host as its range: `port 443 of 203.0.113.0/24`. */
export const withRanges = (text: string): string =>
  text.replaceAll(
    RANGE_HOST,
    (host, _port: string, kind: string, range: string) => cidrOf(kind, range) ?? host,
  );

/** Hosts as a Sidecar lists them, with the range and the port instead of such a host: `203.0.113.0/24 on port 443`. */
export const listedHostText = (host: string): string =>
  host.replaceAll(RANGE_HOST, (whole, port: string, kind: string, range: string) => {
    const cidr = cidrOf(kind, range);
    return cidr === undefined ? whole : `${cidr} on port ${port}`;
  });

/** An IPv6 address never has exactly four groups of digits without an empty one. */
function cidrOf(kind: string, text: string): string | undefined {
  const [, range = '', length] = kind === 'cidr' ? (/^(.*)-(\d+)$/.exec(text) ?? []) : ['', text];
  const address = range.replaceAll('-', /^\d+-\d+-\d+-\d+$/.test(range) ? '.' : ':');
  const cidr = parseCidr(length === undefined ? address : `${address}/${length}`);
  return cidr.ok ? cidr.value : undefined;
}
