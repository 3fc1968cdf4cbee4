// The full DNS names of Services: `name.namespace.svc.cluster.local`.

export const serviceHost = (name: string, namespace: string, clusterDomain: string): string =>
  `${name}.${namespace}.svc.${clusterDomain}`;

/** The domain of Services that several clusters share. Source: KEP-1645, the Multi-Cluster Services API. */
const CLUSTERSET_DOMAIN = 'clusterset.local';

/**
 * True for a name of Services or pods of the cluster, whether they exist or not: in full, without the cluster domain, or under the domain
 * of a cluster set. Also for a wildcard that covers such names, since Istio would import the Services below it.
 */
export const isServiceHost = (host: string, clusterDomain: string): boolean =>
  ['svc', 'pod'].some((kind) =>
    [kind, `${kind}.${clusterDomain}`, `${kind}.${CLUSTERSET_DOMAIN}`].some(
      (domain) =>
        host === domain ||
        host.endsWith(`.${domain}`) ||
        (host.startsWith('*.') && domain.endsWith(host.slice(1))),
    ),
  );

/** Namespaces that every cluster has, and whose Services are not those of an app. */
const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/**
 * The Service that a pod of another namespace would call by this name, if the name has two labels: `api.shop` for Service `api` of namespace
 * `shop`. `certain` is true if it can be nothing else; otherwise the name is that of a Service only if the Service exists, since a namespace
 * may have the name of a top-level domain, and a tenant who creates it must not take every host below that domain from the others.
 */
export function shortServiceName(
  host: string,
): { readonly name: string; readonly namespace: string; readonly certain: boolean } | undefined {
  const [name = '', namespace, ...rest] = host.split('.');
  if (namespace === undefined || rest.length > 0) return undefined;
  return { name, namespace, certain: SYSTEM_NAMESPACES.has(namespace) };
}

/** The name and namespace of the Service with this full name; `undefined` for any other host. */
export function serviceOfHost(host: string, clusterDomain: string): readonly [string, string] | undefined {
  const suffix = `.svc.${clusterDomain}`;
  if (!host.endsWith(suffix)) return undefined;
  const [name, namespace, ...rest] = host.slice(0, -suffix.length).split('.');
  return name === undefined || namespace === undefined || rest.length > 0 ? undefined : [name, namespace];
}

/** The shorter names by which pods of other namespaces call a Service. */
export const shorterNames = (name: string, namespace: string): readonly string[] => [
  `${name}.${namespace}`,
  `${name}.${namespace}.svc`,
];

/** True for a shorter name of the Service with this full name, and for the name of a pod of it, in full or shorter. */
export function isFurtherName(candidate: string, host: string, clusterDomain: string): boolean {
  const [name, namespace] = serviceOfHost(host, clusterDomain) ?? [];
  if (name === undefined || namespace === undefined) return false;
  const shorter = shorterNames(name, namespace);
  return shorter.includes(candidate) || [host, ...shorter].some((each) => candidate.endsWith(`.${each}`));
}

/** The full names of the Services of which a name may be a further one (`isFurtherName`). */
export function servicesWithFurtherName(candidate: string, clusterDomain: string): readonly string[] {
  const labels = candidate.split('.');
  return labels
    .map((_label, index) => labels.slice(index).join('.'))
    .flatMap((name) => [name, `${name}.${clusterDomain}`, `${name}.svc.${clusterDomain}`])
    .filter((host) => isFurtherName(candidate, host, clusterDomain));
}

/** The part before the namespace in the full name of a Service of that namespace; `undefined` for any other host. */
export function serviceNameIn(namespace: string, host: string, clusterDomain: string): string | undefined {
  const suffix = serviceHost('', namespace, clusterDomain);
  return host.endsWith(suffix) ? host.slice(0, -suffix.length) : undefined;
}

/** True for what may be a name of a Service of the namespace or of its pods, in full or shorter. */
export const isNameIn = (namespace: string, host: string, clusterDomain: string): boolean =>
  serviceNameIn(namespace, host, clusterDomain) !== undefined ||
  shorterNames('', namespace).some((suffix) => host.endsWith(suffix));

/**
 * The full name that Istio derives from a host of a VirtualService or DestinationRule: one without a dot names a Service in the namespace
 * of that object.
 */
export const fullName = (
  host: string,
  namespace: string,
  { clusterDomain }: { readonly clusterDomain: string },
): string => (host.includes('.') || host.includes('*') ? host : serviceHost(host, namespace, clusterDomain));
