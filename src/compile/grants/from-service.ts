// An `allow` entry of kind service: one Kubernetes Service, or the target of an ExternalName Service.
import { type Of, target, portFindings, type Answer } from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Inquiry } from '../../cluster/lookup-recorder.ts';
import { resolveAlias } from './external-name.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { registryOfService } from '../../domain/istio/registered-host.ts';

/** A Service that is not there yet is listed all the same: Istio imports nothing, and the call works as soon as it exists. */
export function serviceAnswer(
  { namespace, name, ports: limits }: Of<'service'>,
  snapshot: Snapshot,
  inquiry: Inquiry,
): Answer {
  const { clusterDomain } = snapshot.settings;
  const ports = limits ?? 'every';
  const title = `${namespace}/${name}`;
  const service = inquiry.service(namespace, name);
  if (service?.kind === 'external-name') return resolveAlias(service, ports, snapshot, inquiry);
  const targets = [target(`${namespace}/${name}.${namespace}.svc.${clusterDomain}`, ports)];
  if (service === undefined) return { targets, findings: [{ code: 'ServiceNotFound', service: title }] };
  if (!isVisibleTo(snapshot, service)) {
    return { targets, findings: [{ code: 'ServiceNotExported', service: title }] };
  }
  const known = registryOfService(service, clusterDomain);
  return { targets, findings: known ? portFindings(title, known, ports) : [] };
}
