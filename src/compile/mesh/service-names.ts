// Tells the name of a Service of the cluster from that of a host outside it.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isServiceHost, shortServiceName } from '../../domain/istio/service-host.ts';

/** True for a name of a Service in any spelling that an app may call. */
export function isNameOfService(host: string, { settings, cluster }: Snapshot): boolean {
  if (isServiceHost(host, settings.clusterDomain)) return true;
  const short = shortServiceName(host);
  if (short === undefined) return false;
  return short.certain || cluster.service(short.namespace, short.name) !== undefined;
}
