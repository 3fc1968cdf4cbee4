// Names of generated objects: a readable part, and a hash that makes the name unique. A name depends only on what the object is for.
import { createHash } from 'node:crypto';
import { labelsKey, type Labels } from '../domain/labels.ts';
import type { Cidr, HostName } from '../domain/network.ts';

const NAME_PREFIX = 'egress-intent';

/**
 * The name of a scope's Sidecar. Istio orders Sidecars that were created in the same second by the bytes of their names, so the number after
 * the prefix is smaller for a larger selector: of two Sidecars that match one pod, the more specific one sorts first. `ordinal` counts the names
 * that the scope has had, from 1.
 *
 * | selector         | name                                    |
 * |------------------|-----------------------------------------|
 * | (namespace wide) | egress-intent-default                   |
 * | app=web          | egress-intent-998-web-3f1c…             |
 * | app=web,tier=a   | egress-intent-997-web-a-9b02…, sorts first |
 */
export function sidecarName(selector: Labels, ordinal: number): string {
  const values = Object.entries(selector).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const suffix = ordinal === 1 ? '' : `-${ordinal}`;
  if (values.length === 0) return `${NAME_PREFIX}-default${suffix}`;
  const precedence = String(999 - values.length).padStart(3, '0');
  const words = slug(values.map(([, value]) => value).join('-'));
  return `${NAME_PREFIX}-${precedence}-${words}-${hash(labelsKey(selector))}${suffix}`;
}

/** The name of the ServiceEntry of an external host. */
export function hostEntryName(host: HostName): string {
  return `${NAME_PREFIX}-${slug(host)}-${hash(host)}`;
}

/** The name of the ServiceEntry of one port of an address or range. */
export function cidrEntryName(cidr: Cidr, port: number): string {
  return `${NAME_PREFIX}-${slug(cidr)}-${port}-${hash(`${cidr} ${port}`)}`;
}

const MAX_SLUG = 24;

/** The text with only the characters of a DNS label. Different texts may have the same slug. */
function slug(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return words.slice(0, MAX_SLUG).replaceAll(/^-+|-+$/g, '') || 'x';
}

/** 48 bits: the chance that two of 10,000 objects of a namespace have the same hash is one in five million. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
