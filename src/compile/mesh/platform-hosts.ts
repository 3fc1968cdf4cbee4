// Hosts that the proxies must reach for the mesh to work, whatever the app may call: providers of tracing, logging and metrics, external
// authorizers, and the hosts with the keys for tokens. Istio builds no cluster for a host that a Sidecar does not list, and inbound calls fail.
// Source: istio/istio pilot/pkg/model/telemetry_logging.go, LookupCluster; pilot/pkg/security/authz/builder/extauthz.go.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { serviceOfHost } from '../../domain/istio/service-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { isRootNamespace, namespacesCountingFor, rootNamespacesOf } from '../../domain/istio/visibility.ts';
import { excludes, type Labels } from '../../domain/labels.ts';
import { byKey } from '../../domain/order.ts';
import type { PlatformHost } from '../desired.ts';
import type { Scope } from '../scopes.ts';

/** A host that the proxies of some pods must reach: of all pods of the namespace, if the selector is empty. */
export type PlatformDependency = PlatformHost & {
  readonly selector: Labels;
  /** False if its author may not decide what the pods can call. */
  readonly trusted: boolean;
};

/** Every one, also those that cannot be listed or may not be. */
export const platformDependencies = (snapshot: Snapshot): readonly PlatformDependency[] => [
  ...providerDependencies(snapshot),
  ...jwksDependencies(snapshot),
];

const portUnion = (ports: readonly PlatformHost['ports'][]): PlatformHost['ports'] =>
  ports.includes('every')
    ? 'every'
    : [...new Set(ports.flatMap((each) => (each === 'every' ? [] : each)))].toSorted((a, b) => a - b);

/** The hosts for a scope, each once, in order of host. */
export type PlatformHosts = (scope: Scope) => readonly PlatformHost[];

export function platformHostsFor(snapshot: Snapshot): PlatformHosts {
  // Read where it is used, so that what is remembered of a scope depends on it.
  const dependencies = (): readonly PlatformDependency[] =>
    snapshot.run.derive('platform dependencies', '', [], () =>
      platformDependencies(snapshot)
        .filter(({ host, trusted }) => trusted && isNameable(host))
        .toSorted(byKey(({ reason }) => reason)),
    );
  return ({ key, selector }) =>
    snapshot.run.derive('platform hosts', key, [], () => {
      const applicable = dependencies().filter((dependency) => !excludes(dependency.selector, selector));
      return [...Map.groupBy(applicable, ({ host }) => host)]
        .map(([host, same]) => ({
          host,
          ports: portUnion(same.map(({ ports }) => ports)),
          reason: same.map(({ reason }) => reason).join(', '),
        }))
        .toSorted(byKey(({ host }) => host));
    });
}

/** A provider by its name in MeshConfig, and the object that uses it. */
type ProviderUse = { readonly provider: string; readonly selector: Labels; readonly reason: string };

function providerDependencies(snapshot: Snapshot): readonly PlatformDependency[] {
  const { mesh } = snapshot;
  const defaults = mesh.configs.flatMap(({ namespace, name, defaultProviders }) =>
    defaultProviders.map((provider): ProviderUse => ({
      provider,
      selector: {},
      reason: `ConfigMap ${namespace}/${name}`,
    })),
  );
  const policies = configsCountingFor(snapshot).flatMap(({ telemetries, authorizationPolicies }) =>
    [...telemetries, ...authorizationPolicies].flatMap(({ kind, namespace, name, providers, selector }) =>
      providers.map((provider): ProviderUse => ({
        provider,
        selector,
        reason: `${kind} ${namespace}/${name}`,
      })),
    ),
  );
  return [...defaults, ...policies].flatMap(({ provider, selector, reason }) =>
    servicesOf(provider, snapshot).map((service) => ({
      host: egressHostOf(service, snapshot),
      ports: 'every',
      trusted: true,
      selector,
      reason: `${reason} (provider ${provider})`,
    })),
  );
}

/**
 * None, unless the proxies fetch the keys for tokens themselves. Any tenant may write a RequestAuthentication and a ServiceEntry, so only one of
 * a root namespace opens a host, and only the port of its key server.
 */
function jwksDependencies(snapshot: Snapshot): readonly PlatformDependency[] {
  if (!snapshot.settings.remoteJwks) return [];
  return configsCountingFor(snapshot).flatMap(({ requestAuthentications }) =>
    requestAuthentications.flatMap(({ kind, namespace, name, keyServers, selector }) =>
      keyServers.map(({ host, port }) => ({
        host: egressHostOf(host, snapshot),
        ports: [port],
        trusted: isRootNamespace(namespace, snapshot.mesh),
        selector,
        reason: `${kind} ${namespace}/${name}`,
      })),
    ),
  );
}

/** Policies apply to their own namespace, and those of a root namespace to every namespace. */
const configsCountingFor = ({ namespace, mesh, cluster }: Snapshot) =>
  namespacesCountingFor(namespace, mesh).map((each) => cluster.istioConfig(each));

/** Several while two revisions of the mesh name different services: a pod may belong to either. */
const servicesOf = (provider: string, { mesh }: Snapshot): readonly string[] => [
  ...new Set(
    mesh.configs.flatMap(({ providers }) =>
      providers.flatMap(({ name, service }) => (name === provider ? [service] : [])),
    ),
  ),
];

/**
 * A service as a Sidecar lists it. Istio looks for a name without namespace in every namespace; here the namespace follows from the name of
 * a Service, and any other host is looked up in this namespace and in the root namespaces.
 */
function egressHostOf(service: string, { namespace, mesh, settings, cluster }: Snapshot): string {
  if (service.includes('/')) return service;
  const [, serviceNamespace] = serviceOfHost(service, settings.clusterDomain) ?? [];
  if (serviceNamespace !== undefined) return `${serviceNamespace}/${service}`;
  const registering = namespacesCountingFor(namespace, mesh).find(
    (each) => cluster.serviceEntries(each, service).length > 0,
  );
  return `${registering ?? rootNamespacesOf(mesh)[0]}/${service}`;
}
