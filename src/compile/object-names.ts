// Names of generated objects: a readable part, and a hash that keeps two of them apart. A pure function of what they stand for.
import { createHash } from 'node:crypto';
import { labelsKey, type Labels } from '../domain/labels.ts';
import type { Cidr, HostName } from '../domain/network.ts';

const NAME_PREFIX = 'egress-intent';

/**
 * The name of a scope's Sidecar. Istio orders Sidecars of one second by the bytes of their names, so the number behind the
 * prefix falls as the scope grows: of two that match one pod, the more specific sorts first. `turn` counts the names that
 * the scope has had, from 1.
 *
 * | selector         | name                                    |
 * |------------------|-----------------------------------------|
 * | (namespace wide) | egress-intent-default                   |
 * | app=web          | egress-intent-998-web-3f1c…             |
 * | app=web,tier=a   | egress-intent-997-web-a-9b02…, sorts first |
 */
export function sidecarName(selector: Labels, turn: number): string {
  const values = Object.entries(selector).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const suffix = turn === 1 ? '' : `-${turn}`;
  if (values.length === 0) return `${NAME_PREFIX}-default${suffix}`;
  const rank = String(999 - values.length).padStart(3, '0');
  const words = slug(values.map(([, value]) => value).join('-'));
  return `${NAME_PREFIX}-${rank}-${words}-${hash(labelsKey(selector))}${suffix}`;
}

/** The name of the ServiceEntry of an external host. */
export function hostEntryName(host: HostName): string {
  return `${NAME_PREFIX}-${slug(host)}-${hash(host)}`;
}

/** The name of the ServiceEntry of one port of an address or range. */
export function cidrEntryName(cidr: Cidr, port: number): string {
  return `${NAME_PREFIX}-${slug(cidr)}-${port}-${hash(`${cidr} ${port}`)}`;
}

/**
 * The host under which Istio knows one port of an address or range; it is never resolved. Metrics and access logs show it, so
 * it can be read: `tcp-5432.cidr-203-0-113-0-24.egress-intent.internal`. No two share one: `a::b00/120` is a range, `a::b00:120` is not.
 */
export function cidrHost(cidr: Cidr, port: number): string {
  const kind = cidr.includes('/') ? 'cidr' : 'ip';
  return `tcp-${port}.${kind}-${cidr.replaceAll(/[.:/]/g, '-')}.egress-intent.internal`;
}

const MAX_SLUG = 24;

/** What is left of a text when only the characters of a DNS label may stay. Many texts share one. */
function slug(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return words.slice(0, MAX_SLUG).replaceAll(/^-+|-+$/g, '') || 'x';
}

/** 48 bits: among 10,000 objects of one namespace, two share a hash with a chance of one in five million. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
