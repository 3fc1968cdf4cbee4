// Host names and address ranges as a parser returns them: normalised, and safe to write into objects of Istio.
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { err, ok, type Result } from './result.ts';

/** A DNS name in lower case without a trailing dot, with at least one dot; it may start with `*.`. */
export const HostName = z.string().brand<'HostName'>();
export type HostName = z.infer<typeof HostName>;

/** A single IP address, or a range with its host bits masked; never one that Istio reads as every address. */
export const Cidr = z.string().brand<'Cidr'>();
export type Cidr = z.infer<typeof Cidr>;

const DNS_LABEL = '[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?';

/** Means the same to RE2 and to JavaScript, since the CEL rule of the wire schema uses it too. */
export const HOST_PATTERN = `^([*][.])?(${DNS_LABEL}[.])+${DNS_LABEL}[.]?$`;

/** Matches a last label of digits only: an IP address, or a name that no resolver accepts. */
export const NUMERIC_TAIL = '(^|[.])[0-9]+[.]?$';

/** Matches the beginning of an IPv6 address, in brackets or not; no host name has two colons. */
export const IPV6_START = '^[[]?[0-9a-fA-F]*:[0-9a-fA-F]*:';

/** The host in lower case and without a trailing dot. The text must match `HOST_PATTERN`. */
export function normalisedHost(text: string): HostName {
  return HostName.parse(text.toLowerCase().replace(/\.$/, ''));
}

const ADDRESS = z.union([z.ipv4(), z.ipv6()]);
const PREFIX_LENGTH = /^(0|[1-9][0-9]{0,2})$/;

/**
 * Reads a single address or a range in CIDR notation and masks its host bits: `10.1.2.3/8` gives `10.0.0.0/8`; a range of
 * one address gives that address. Errors:
 *
 * - `malformed`: neither an address nor a range; also an IPv4 address written as IPv6, which Kubernetes rejects.
 * - `everything`: its base is `0.0.0.0` or `::`. Istio drops the prefix of such a range, whatever its length, and matches
 *   every address. Source: istio/istio pilot/pkg/networking/core/listener.go, toFilterChainMatch.
 */
export function parseCidr(text: string): Result<Cidr, 'malformed' | 'everything'> {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || !ADDRESS.safeParse(address).success) return err('malformed');
  const parsed = ipaddr.parse(address);
  const bits = parsed.kind() === 'ipv4' ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (prefix !== undefined && !PREFIX_LENGTH.test(prefix)) return err('malformed');
  if (length > bits || (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()))
    return err('malformed');
  const base = masked(parsed, length);
  if (base === '0.0.0.0' || base === '::') return err('everything');
  return ok(Cidr.parse(length === bits ? base : `${base}/${length}`));
}

/** The address before the prefix length, where it is not the first one of its range: `203.0.113.7` for `203.0.113.7/24`. */
export function addressInside(text: string): Cidr | undefined {
  const [cidr, address] = [parseCidr(text), parseCidr(text.split('/')[0] ?? '')];
  if (!cidr.ok || !address.ok) return undefined;
  return cidr.value.split('/')[0] === address.value ? undefined : address.value;
}

/** True for two ranges with a common address; never for ranges of different families. */
export function overlap(a: Cidr, b: Cidr): boolean {
  if (isIpv6(a) !== isIpv6(b)) return false;
  const [first, second] = [ipaddr.parseCIDR(range(a)), ipaddr.parseCIDR(range(b))];
  const length = Math.min(first[1], second[1]);
  return masked(first[0], length) === masked(second[0], length);
}

const isIpv6 = (cidr: Cidr): boolean => cidr.includes(':');

/** True if an IP address is in the range, or is the address. False for a text that is no IP address. */
export function cidrContains(cidr: Cidr, address: string): boolean {
  if (!ADDRESS.safeParse(address).success) return false;
  const parsed = parseCidr(address);
  return parsed.ok && !parsed.value.includes('/') && overlap(cidr, parsed.value);
}

function masked(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string {
  return address instanceof ipaddr.IPv4
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${length}`).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${length}`).toRFC5952String();
}

const isIpAddress = (text: string): boolean => ADDRESS.safeParse(text).success;

/** The IP addresses among texts such as `None` and the empty one, each once. */
export const ipAddressesOf = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts)].filter(isIpAddress);

/** Tells whether an IP address is in the range. For many addresses: `cidrContains` also takes other texts. */
export function withinCidr(cidr: Cidr): (address: string) => boolean {
  const [base, length] = ipaddr.parseCIDR(range(cidr));
  return (address) => {
    const parsed = ipaddr.parse(address);
    return parsed.kind() === base.kind() && parsed.match(base, length);
  };
}

/** The prefix lengths by which addresses are indexed, the longest first. */
const BLOCK_LENGTHS = { ipv4: [32, 24, 16, 8, 0], ipv6: [128, 112, 96, 64, 48, 32, 16, 0] } as const;

/** The smallest of the blocks that hold a whole range, as `blocksOf` names them. */
export function blockOf(cidr: Cidr): string {
  const [base, length] = ipaddr.parseCIDR(range(cidr));
  const blockLength = BLOCK_LENGTHS[base.kind()].find((candidate) => candidate <= length) ?? 0;
  return `${masked(base, blockLength)}/${blockLength}`;
}

/** The blocks that hold an IP address. Few, so that an index by them stays small. */
export function blocksOf(address: string): readonly string[] {
  const parsed = ipaddr.parse(address);
  return BLOCK_LENGTHS[parsed.kind()].map((length) => `${masked(parsed, length)}/${length}`);
}

/** In bits; that of a single address is its whole length. */
export const prefixLengthOf = (cidr: Cidr): number => Number(range(cidr).split('/')[1]);

function range(cidr: Cidr): string {
  if (cidr.includes('/')) return cidr;
  return `${cidr}/${cidr.includes(':') ? 128 : 32}`;
}

/** The protocols of a `host` entry, as a ServiceEntry writes them. */
export const PROTOCOLS = ['HTTP', 'HTTP2', 'GRPC', 'TLS', 'TCP'] as const;

export type Protocol = (typeof PROTOCOLS)[number];

export type HostPort = { readonly port: number; readonly protocol: Protocol };
