// The list of hosts of one egress listener, as Istio wants it written.
import { sortedSet } from '../order.ts';

/** In order, each once, without those that `namespace/*` covers, of which Istio's webhook would warn. */
export function canonicalEgressHosts(hosts: readonly string[]): readonly string[] {
  const whole = new Set(hosts.filter((host) => host.endsWith('/*')));
  return sortedSet(hosts).filter((host) => whole.has(host) || !whole.has(`${namespaceOf(host)}/*`));
}

/** The namespace and the name of a host as a Sidecar lists it. */
export function partsOf(host: string): { readonly namespace: string; readonly name: string } {
  const slash = host.indexOf('/');
  return { namespace: host.slice(0, slash), name: host.slice(slash + 1) };
}

/** A host as a Sidecar lists it. */
export const egressHost = ({
  namespace,
  host,
}: {
  readonly namespace: string;
  readonly host: string;
}): string => `${namespace}/${host}`;

/** Whether a listed host stands for more than one. */
export const isWildcard = (host: string): boolean => host.includes('*');

export const namespaceOf = (host: string): string => partsOf(host).namespace;

/** The name that Istio takes a host of a VirtualService or a DestinationRule for: one without a dot is a Service beside it. */
export const fullName = (
  host: string,
  namespace: string,
  { clusterDomain }: { readonly clusterDomain: string },
): string => (host.includes('.') || host.includes('*') ? host : `${host}.${namespace}.svc.${clusterDomain}`);

/** The name and the namespace of a Service by its full name; `undefined` for any other host. */
export function serviceOfHost(host: string, clusterDomain: string): readonly [string, string] | undefined {
  const suffix = `.svc.${clusterDomain}`;
  if (!host.endsWith(suffix)) return undefined;
  const [name, namespace, ...rest] = host.slice(0, -suffix.length).split('.');
  return name === undefined || namespace === undefined || rest.length > 0 ? undefined : [name, namespace];
}

/** Whether a host, or a wildcard, is among those that a pattern imports: itself, or anything below it. */
export function covers(pattern: string, name: string): boolean {
  if (pattern === '*' || pattern === name) return true;
  return pattern.startsWith('*.') && name.length > pattern.length - 1 && name.endsWith(pattern.slice(1));
}

/** Whether one listed host is among those that another imports. */
export const isBelow = (pattern: string, host: string): boolean =>
  namespaceOf(pattern) === namespaceOf(host) && covers(partsOf(pattern).name, partsOf(host).name);

/**
 * Whether a listed host stands for all that is below it, whatever its ports: a whole namespace, or the Services of one. The
 * wildcard of an outside host does not: it has ports of its own.
 */
export function coversNamespace(host: string): boolean {
  const { namespace, name } = partsOf(host);
  return name === '*' || name.startsWith(`*.${namespace}.svc.`);
}

/** Whether a listed host is the wildcard of outside hosts. */
export const isExternalWildcard = (host: string): boolean =>
  partsOf(host).name.startsWith('*.') && !coversNamespace(host);
