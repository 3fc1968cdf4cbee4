// The hosts of an egress listener as a Sidecar lists them: `namespace/host`, where the host may be a wildcard.
import { sortedSet } from '../order.ts';

/** In order, each once, without hosts that a listed `namespace/*` covers: Istio's webhook warns of those. */
export function canonicalEgressHosts(hosts: readonly string[]): readonly string[] {
  const wholeNamespaces = new Set(hosts.filter((host) => host.endsWith('/*')));
  return sortedSet(hosts).filter(
    (host) => wholeNamespaces.has(host) || !wholeNamespaces.has(`${namespaceOf(host)}/*`),
  );
}

/** Splits at the first slash. */
export function partsOf(egressHost: string): { readonly namespace: string; readonly name: string } {
  const slash = egressHost.indexOf('/');
  return { namespace: egressHost.slice(0, slash), name: egressHost.slice(slash + 1) };
}

export const namespaceOf = (egressHost: string): string => partsOf(egressHost).namespace;

type HostInNamespace = { readonly namespace: string; readonly host: string };

export const egressHost = ({ namespace, host }: HostInNamespace): string => `${namespace}/${host}`;

/** True for an egress host that may match several hosts. */
export const isWildcard = (host: string): boolean => host.includes('*');

/** True for a name that is a wildcard to Istio: `*`, `*.example.com`, or `*-api.example.com`, which no Sidecar may list. */
export const isWildcardName = (name: string): boolean => name.startsWith('*');

/** True for a wildcard of a part of a label: `*-api.example.com`. */
export const isPartialWildcard = (name: string): boolean =>
  isWildcardName(name) && name !== '*' && !name.startsWith('*.');

/**
 * True if a name is the pattern itself, or below it where the pattern is a wildcard. The name may be a wildcard too. Source: istio/istio
 * pkg/config/host/name.go, SubsetOf.
 */
export function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (!isWildcardName(pattern)) return false;
  return isWildcardName(name)
    ? name.length >= pattern.length && name.slice(1).endsWith(pattern.slice(1))
    : name.endsWith(pattern.slice(1));
}

/** The same for egress hosts; those of different namespaces never cover each other. */
export const isBelow = (pattern: string, host: string): boolean =>
  namespaceOf(pattern) === namespaceOf(host) && covers(partsOf(pattern).name, partsOf(host).name);

/** The wildcards of whole labels that cover a name, without `*` and the name itself: `*.b.com` and `*.com` for `a.b.com`. The narrowest first. */
export function wildcardsAbove(name: string): readonly string[] {
  const labels = name.split('.').slice(1);
  return labels
    .map((_label, index) => `*.${labels.slice(index).join('.')}`)
    .filter((wildcard) => wildcard !== name);
}

/**
 * The names by which a look-up finds a host: the host as written, and for a wildcard of a part of a label (`*-api.b.com`) the wildcard of
 * whole labels above it (`*.b.com`) too, since a look-up by name tries only those (`wildcardsAbove`). So what it finds may be about other names.
 */
export const lookupNames = (host: string): readonly string[] =>
  isPartialWildcard(host) ? [host, wildcardsAbove(host)[0] ?? '*'] : [host];

/**
 * True for a wildcard that grants every host below it with every port: a whole namespace, or its Services. The wildcard of an external
 * host does not: it has ports itself.
 */
export function coversNamespace(host: string): boolean {
  const { namespace, name } = partsOf(host);
  return name === '*' || name.startsWith(`*.${namespace}.svc.`);
}

/** True for the wildcard of an external host, such as `shop/*.example.com`. */
export const isExternalWildcard = (host: string): boolean =>
  partsOf(host).name.startsWith('*.') && !coversNamespace(host);
