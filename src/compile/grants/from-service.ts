// An `allow` entry of kind service: one Kubernetes Service, or the target of an ExternalName Service. That is a further name of another host: Istio gives
// it neither listener nor cluster; the name is matched where the target is listed, under the namespace of the target.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost, partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { hostOfService } from '../../domain/istio/registered-host.ts';
import { serviceHost, serviceOfHost } from '../../domain/istio/service-host.ts';
import type { Service } from '../../domain/kinds/service.ts';
import { normalisedHost, parseCidr, type HostName } from '../../domain/network.ts';
import { entriesInOrderOfAnswer } from '../mesh/answering-entry.ts';
import { registeredBy } from '../mesh/merged-registration.ts';
import { LONGEST_CHAIN } from '../mesh/service-names.ts';
import { isVisibleForeign, isVisibleTo } from '../mesh/service-registry.ts';
import { answeringElsewhere, resolveRegistered } from './answering-elsewhere.ts';
import { resolveHost } from './from-host.ts';
import { resolveServiceEntry } from './from-service-entry.ts';
import type { Ports } from './grant.ts';
import { grantedHostPorts, type GrantedHostPorts } from './granted-host-ports.ts';
import { target, type EntryOf, type EntryResolution } from './resolution.ts';

/** A Service that does not exist yet is listed all the same: Istio imports nothing, and calls work as soon as it exists. */
export function resolveService(
  { namespace, name, ports: limits }: EntryOf<'service'>,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts = grantedHostPorts(snapshot.intents),
): EntryResolution {
  const { clusterDomain } = snapshot.settings;
  const ports = limits ?? 'every';
  const title = `${namespace}/${name}`;
  const service = snapshot.cluster.service(namespace, name);
  if (service?.kind === 'external-name') return resolveExternalName(service, ports, snapshot, grantedPorts);
  const targets = [target(`${namespace}/${serviceHost(name, namespace, clusterDomain)}`, ports)];
  if (service === undefined) {
    return {
      targets,
      diagnostics: [
        { code: 'ServiceNotFound', service: title, ...registeredInstead(namespace, name, snapshot) },
      ],
    };
  }
  if (!isVisibleTo(snapshot, service)) {
    return { targets, diagnostics: [{ code: 'ServiceNotExported', service: title }] };
  }
  const host = hostOfService(service, clusterDomain);
  return host === undefined
    ? { targets }
    : resolveRegistered({ title, registered: host, ports, names: [], service }, snapshot, grantedPorts);
}

/** The ServiceEntry that registers the full name of a Service, as for a workload on virtual machines. */
function registeredInstead(
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

/** Grants the host at the end of the chain, under its own name and under every name of the chain. */
export function resolveExternalName(
  service: Service,
  ports: Ports,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): EntryResolution {
  const { clusterDomain } = snapshot.settings;
  const title = `${service.namespace}/${service.name}`;
  const names: string[] = [];
  let current = service;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    names.push(serviceHost(current.name, current.namespace, clusterDomain));
    const [name, namespace] = serviceOfHost(current.externalName, clusterDomain) ?? [];
    if (name === undefined || namespace === undefined) {
      return resolveOutsideMesh(title, current.externalName, names, { snapshot, grantedPorts });
    }
    const next = snapshot.cluster.service(namespace, name);
    if (next === undefined)
      return { diagnostics: [{ code: 'ServiceNotFound', service: `${namespace}/${name}`, alias: title }] };
    const host = hostOfService(next, clusterDomain);
    if (host !== undefined)
      return resolveRegistered(
        { title, registered: host, ports, names, service: next },
        snapshot,
        grantedPorts,
      );
    current = next;
  }
  return { diagnostics: [{ code: 'ExternalNameLoop', service: title }] };
}

/** A target outside the mesh gets the further names wherever the intents find it, but no port of it is granted: for that they must list the host itself. */
function resolveOutsideMesh(
  title: string,
  host: string,
  names: readonly string[],
  { snapshot, grantedPorts }: { readonly snapshot: Snapshot; readonly grantedPorts: GrantedHostPorts },
): EntryResolution {
  const outside = { code: 'ExternalNameOutsideMesh', service: title, host } as const;
  if (parseCidr(host).ok) return { diagnostics: [{ ...outside, grantedBy: 'cidr' }] };
  if (host.endsWith('.')) return { diagnostics: [{ ...outside, dotted: true }] };
  if (!isNameable(egressHost({ namespace: snapshot.namespace, host }))) return { diagnostics: [outside] };
  return {
    targets: namespacesListing(host, snapshot, grantedPorts).map((namespace) => {
      const aliases = names.map((alias) => egressHost({ namespace, host: alias }));
      return target(egressHost({ namespace, host }), [], aliases);
    }),
    diagnostics: [{ ...outside, grantedBy: 'host' }],
  };
}

/** The namespaces under which Sidecars list the host, the caller's own first. Each once. */
function namespacesListing(
  host: string,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): readonly string[] {
  const resolved = grantedPorts
    .ofHost(host)
    .map((entry) =>
      entry.kind === 'host'
        ? resolveHost(entry, snapshot, grantedPorts)
        : resolveServiceEntry(entry, snapshot, grantedPorts),
    );
  const listed = resolved
    .flatMap(({ targets = [] }) => targets)
    .map((each) => partsOf(each.host))
    .filter(({ name }) => name === host);
  return [
    ...new Set([
      snapshot.namespace,
      ...listed.map(({ namespace }) => namespace),
      ...wholeNamespaces(host, snapshot, grantedPorts),
    ]),
  ];
}

/** The same for entries that grant whole namespaces. */
const wholeNamespaces = (
  host: string,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): readonly string[] =>
  grantedPorts
    .ofServices()
    .filter((entry) => entry.kind === 'namespace')
    .flatMap(({ namespace, ports }) => {
      const entry = entriesInOrderOfAnswer(host, snapshot).find((each) => each.namespace === namespace);
      const registered = entry === undefined ? undefined : registeredBy(entry, host, snapshot);
      if (registered === undefined) return [];
      const elsewhere = answeringElsewhere(
        { registered, ports: ports ?? 'every', names: [] },
        snapshot,
        grantedPorts,
      );
      const targets = elsewhere?.targets ?? [];
      return targets.length > 0 ? targets.map((each) => partsOf(each.host).namespace) : [namespace];
    });
