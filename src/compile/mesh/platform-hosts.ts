// Hosts that a proxy must reach for the mesh to work, whatever the app may call: who traces and logs its calls, who authorizes them,
// who has the keys of their tokens. Istio builds no cluster for what a Sidecar leaves out, and refuses inbound calls instead.
// Source: istio/istio pilot/pkg/model/telemetry_logging.go, LookupCluster; pilot/pkg/security/authz/builder/extauthz.go.
import { excludes, type Labels } from '../../domain/labels.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { byKey } from '../../domain/order.ts';
import { serviceOfHost } from '../../domain/istio/egress-host.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { namespacesCountingFor, rootNamespacesOf } from '../../domain/istio/visibility.ts';
import type { PlatformHost } from '../compilation.ts';
import type { Scope } from '../scopes.ts';

/** What the mesh asks of pods of a namespace; of all of them, if the selector is empty. */
type PlatformDependency = PlatformHost & { readonly selector: Labels };

/** The hosts for one scope, each once, in order of host. */
export type PlatformHosts = (scope: Scope) => readonly PlatformHost[];

export function platformHostsFor(snapshot: Snapshot, inquiry: RecordingCluster): PlatformHosts {
  const demands = platformDependencies(snapshot, inquiry);
  return ({ selector }) => {
    const hosts = demands.filter((demand) => !excludes(demand.selector, selector));
    return [...Map.groupBy(hosts, ({ host }) => host)]
      .map(([host, reasons]) => ({ host, reason: reasons.map(({ reason }) => reason).join(', ') }))
      .toSorted(byKey(({ host }) => host));
  };
}

/** Policies count in their own namespace, and those of a root namespace everywhere. */
function platformDependencies(snapshot: Snapshot, inquiry: RecordingCluster): readonly PlatformDependency[] {
  const { mesh, namespace, settings } = snapshot;
  const everyone = mesh.configs.flatMap((config) =>
    config.defaultProviders.map((provider) => ({
      provider,
      selector: {},
      reason: `ConfigMap ${config.namespace}/${config.name}`,
    })),
  );
  const policies = namespacesCountingFor(namespace, mesh).flatMap((each) => {
    const { telemetries, authorizationPolicies, requestAuthentications } = inquiry.istioConfig(each);
    return [...telemetries, ...authorizationPolicies, ...(settings.remoteJwks ? requestAuthentications : [])];
  });
  const named = policies.map((policy) => ({
    ...policy,
    reason: `${policy.kind} ${policy.namespace}/${policy.name}`,
  }));
  const byProvider = named.flatMap((policy) =>
    policy.kind === 'RequestAuthentication'
      ? []
      : policy.providers.map((provider) => ({ ...policy, provider })),
  );
  return [
    ...[...everyone, ...byProvider].flatMap(({ provider, selector, reason }) =>
      servicesOf(provider, snapshot).map((service) => ({
        host: egressHostOf(service, snapshot, inquiry),
        selector,
        reason: `${reason} (provider ${provider})`,
      })),
    ),
    ...named.flatMap((policy) =>
      policy.kind === 'RequestAuthentication'
        ? policy.hosts.map((host) => ({ ...policy, host: egressHostOf(host, snapshot, inquiry) }))
        : [],
    ),
  ].toSorted(byKey(({ reason }) => reason));
}

/** While two revisions name different services, a pod may be of either. */
const servicesOf = (provider: string, { mesh }: Snapshot): readonly string[] => [
  ...new Set(
    mesh.configs.flatMap(({ providers }) =>
      providers.flatMap(({ name, service }) => (name === provider ? [service] : [])),
    ),
  ),
];

/**
 * As a Sidecar lists it. Istio takes a name without namespace from whichever registers it; we know that of a Service by its name,
 * and of any other host only if it is registered here or in a root namespace.
 */
function egressHostOf(
  service: string,
  { namespace, mesh, settings }: Snapshot,
  inquiry: RecordingCluster,
): string {
  if (service.includes('/')) return service;
  const [, of] = serviceOfHost(service, settings.clusterDomain) ?? [];
  if (of !== undefined) return `${of}/${service}`;
  const home = namespacesCountingFor(namespace, mesh).find(
    (each) => inquiry.serviceEntries(each, service).length > 0,
  );
  return `${home ?? rootNamespacesOf(mesh)[0]}/${service}`;
}
