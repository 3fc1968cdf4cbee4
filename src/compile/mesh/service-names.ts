// Tells the name of a Service of the cluster from that of a host outside it.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isServiceHost, serviceOfHost, shortServiceName } from '../../domain/istio/service-host.ts';
import type { Service } from '../../domain/kinds/service.ts';

/** True for a name of a Service in any spelling that an app may call. */
export function isNameOfService(host: string, { settings, cluster }: Snapshot): boolean {
  if (isServiceHost(host, settings.clusterDomain)) return true;
  const short = shortServiceName(host);
  if (short === undefined) return false;
  return short.certain || cluster.service(short.namespace, short.name) !== undefined;
}

/** The Service with this full name. */
export function serviceAt(host: string, { cluster, settings }: Snapshot): Service | undefined {
  const [name, namespace] = serviceOfHost(host, settings.clusterDomain) ?? [];
  return name === undefined || namespace === undefined ? undefined : cluster.service(namespace, name);
}

/** Istio follows a chain of ExternalName Services. A longer one is taken for a loop. */
export const LONGEST_CHAIN = 8;

/** The host at the end of a chain of ExternalName Services; `undefined` if the name is none of these. */
export function targetOfAlias(host: string, snapshot: Snapshot): string | undefined {
  let current = host;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const service = serviceAt(current, snapshot);
    if (service?.kind !== 'external-name') return current === host ? undefined : current;
    current = service.externalName;
  }
  return undefined;
}
