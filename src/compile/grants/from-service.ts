// An `allow` entry of kind service: one Kubernetes Service, or the target of an ExternalName Service.
import { type EntryOf, target, portDiagnostics, type EntryResolution } from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { resolveExternalName } from './external-name.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { hostOfService } from '../../domain/istio/registered-host.ts';

/** A Service that is not there yet is listed all the same: Istio imports nothing, and the call works as soon as it exists. */
export function resolveService(
  { namespace, name, ports: limits }: EntryOf<'service'>,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): EntryResolution {
  const { clusterDomain } = snapshot.settings;
  const ports = limits ?? 'every';
  const title = `${namespace}/${name}`;
  const service = inquiry.service(namespace, name);
  if (service?.kind === 'external-name') return resolveExternalName(service, ports, snapshot, inquiry);
  const targets = [target(`${namespace}/${name}.${namespace}.svc.${clusterDomain}`, ports)];
  if (service === undefined) return { targets, diagnostics: [{ code: 'ServiceNotFound', service: title }] };
  if (!isVisibleTo(snapshot, service)) {
    return { targets, diagnostics: [{ code: 'ServiceNotExported', service: title }] };
  }
  const known = hostOfService(service, clusterDomain);
  return { targets, diagnostics: known ? portDiagnostics(title, known, ports) : [] };
}
