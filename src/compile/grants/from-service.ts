// An `allow` entry of kind service: one Kubernetes Service, or the target of an ExternalName Service.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { hostOfService } from '../../domain/istio/registered-host.ts';
import { serviceHost } from '../../domain/istio/service-host.ts';
import { normalisedHost, type HostName } from '../../domain/network.ts';
import { isVisibleForeign, isVisibleTo } from '../mesh/service-registry.ts';
import { resolveExternalName } from './external-name.ts';
import { portDiagnostics, target, type EntryOf, type EntryResolution } from './resolution.ts';

/** A Service that does not exist yet is listed all the same: Istio imports nothing, and calls work as soon as it exists. */
export function resolveService(
  { namespace, name, ports: limits }: EntryOf<'service'>,
  snapshot: Snapshot,
): EntryResolution {
  const { clusterDomain } = snapshot.settings;
  const ports = limits ?? 'every';
  const title = `${namespace}/${name}`;
  const service = snapshot.cluster.service(namespace, name);
  if (service?.kind === 'external-name') return resolveExternalName(service, ports, snapshot);
  const targets = [target(`${namespace}/${serviceHost(name, namespace, clusterDomain)}`, ports)];
  if (service === undefined) {
    return {
      targets,
      diagnostics: [{ code: 'ServiceNotFound', service: title, ...registeredBy(namespace, name, snapshot) }],
    };
  }
  if (!isVisibleTo(snapshot, service)) {
    return { targets, diagnostics: [{ code: 'ServiceNotExported', service: title }] };
  }
  const host = hostOfService(service, clusterDomain);
  return { targets, diagnostics: host === undefined ? [] : portDiagnostics(title, host, ports, service) };
}

/** The ServiceEntry that registers the full name of a Service, as for a workload on virtual machines. */
function registeredBy(
  namespace: string,
  name: string,
  snapshot: Snapshot,
): { readonly registered?: { readonly serviceEntry: string; readonly host: HostName } } {
  const host = serviceHost(name, namespace, snapshot.settings.clusterDomain);
  const entry = snapshot.cluster
    .serviceEntries(namespace, host)
    .find((candidate) => isVisibleForeign(candidate, snapshot));
  if (entry === undefined) return {};
  return {
    registered: { serviceEntry: `${entry.namespace}/${entry.name}`, host: normalisedHost(host) },
  };
}
