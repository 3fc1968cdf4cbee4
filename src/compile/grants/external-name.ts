// A Service of type ExternalName is a further name of another host. Istio gives it neither listener nor cluster; the name is matched
// where the target is listed, under the namespace of the target.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { hostOfService } from '../../domain/istio/registered-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { serviceHost, serviceOfHost } from '../../domain/istio/service-host.ts';
import type { Service } from '../../domain/kinds/service.ts';
import { parseCidr } from '../../domain/network.ts';
import { serviceAt } from '../mesh/service-names.ts';
import type { Ports } from './grant.ts';
import { portDiagnostics, target, type EntryResolution } from './resolution.ts';

/** Istio follows a chain of ExternalName Services. A longer one is taken for a loop. */
const LONGEST_CHAIN = 8;

/** Grants the host at the end of the chain, under its own name and under every name of the chain. */
export function resolveExternalName(service: Service, ports: Ports, snapshot: Snapshot): EntryResolution {
  const { clusterDomain } = snapshot.settings;
  const title = `${service.namespace}/${service.name}`;
  const names: string[] = [];
  let current = service;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    names.push(serviceHost(current.name, current.namespace, clusterDomain));
    const [name, namespace] = serviceOfHost(current.externalName, clusterDomain) ?? [];
    if (name === undefined || namespace === undefined) {
      return resolveOutsideMesh(title, current.externalName, names, snapshot);
    }
    const next = snapshot.cluster.service(namespace, name);
    if (next === undefined)
      return { diagnostics: [{ code: 'ServiceNotFound', service: `${namespace}/${name}`, alias: title }] };
    const host = hostOfService(next, clusterDomain);
    if (host !== undefined) {
      const aliases = names.map((alias) => `${namespace}/${alias}`);
      return {
        targets: [target(`${namespace}/${host.host}`, ports, aliases)],
        diagnostics: portDiagnostics(title, host, ports, next),
      };
    }
    current = next;
  }
  return { diagnostics: [{ code: 'ExternalNameLoop', service: title }] };
}

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

/** A target outside the mesh gets the further names, but no port of it is granted: for that the intents must list the host itself. */
function resolveOutsideMesh(
  title: string,
  host: string,
  names: readonly string[],
  { namespace }: Snapshot,
): EntryResolution {
  const outside = { code: 'ExternalNameOutsideMesh', service: title, host } as const;
  if (parseCidr(host).ok) return { diagnostics: [{ ...outside, grantedBy: 'cidr' }] };
  if (!isNameable(`${namespace}/${host}`)) return { diagnostics: [outside] };
  const aliases = names.map((alias) => `${namespace}/${alias}`);
  return {
    targets: [target(`${namespace}/${host}`, [], aliases)],
    diagnostics: [{ ...outside, grantedBy: 'host' }],
  };
}
