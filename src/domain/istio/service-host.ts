// The full DNS names of Services: `name.namespace.svc.cluster.local`.

export const serviceHost = (name: string, namespace: string, clusterDomain: string): string =>
  `${name}.${namespace}.svc.${clusterDomain}`;

/** True for a name below the domain of Services, in full or without the cluster domain, whether the Service exists or not. */
export const isServiceHost = (host: string, clusterDomain: string): boolean =>
  host.endsWith(`.svc.${clusterDomain}`) || host.endsWith('.svc');

/** The name and namespace of the Service with this full name; `undefined` for any other host. */
export function serviceOfHost(host: string, clusterDomain: string): readonly [string, string] | undefined {
  const suffix = `.svc.${clusterDomain}`;
  if (!host.endsWith(suffix)) return undefined;
  const [name, namespace, ...rest] = host.slice(0, -suffix.length).split('.');
  return name === undefined || namespace === undefined || rest.length > 0 ? undefined : [name, namespace];
}

/** The part before the namespace in the full name of a Service of that namespace; `undefined` for any other host. */
export function serviceNameIn(namespace: string, host: string, clusterDomain: string): string | undefined {
  const suffix = serviceHost('', namespace, clusterDomain);
  return host.endsWith(suffix) ? host.slice(0, -suffix.length) : undefined;
}

/**
 * The full name that Istio derives from a host of a VirtualService or DestinationRule: one without a dot names a Service in the namespace
 * of that object.
 */
export const fullName = (
  host: string,
  namespace: string,
  { clusterDomain }: { readonly clusterDomain: string },
): string => (host.includes('.') || host.includes('*') ? host : serviceHost(host, namespace, clusterDomain));
