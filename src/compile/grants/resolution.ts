// The resolution of one entry, and the diagnostics that several kinds of entry share.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { discoversAll, isDiscovered } from '../../domain/istio/discovery.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import type { AllowEntry, Intent } from '../../domain/egress-intent/intent.ts';
import { isUdp } from '../../domain/istio/port-protocol.ts';
import { isSpoofable, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import type { Service } from '../../domain/kinds/service.ts';
import { sortedSet } from '../../domain/order.ts';
import { registeredBy } from '../mesh/merged-registration.ts';
import { allowedPorts, type External, type Ports, type Target } from './grant.ts';

/** An entry that is refused has neither targets nor externals. */
export type EntryResolution = Partial<GrantedHosts> & {
  /** Hosts that the entry is granted only because `since` exists. */
  readonly conditional?: GrantedHosts & { readonly since: Intent };
  readonly diagnostics?: readonly EntryDiagnostic[];
};

export type GrantedHosts = { readonly targets: readonly Target[]; readonly externals: readonly External[] };

/** What is granted beside the host that an entry names, and what is said of it. */
export type FoundBeside = Required<Pick<EntryResolution, 'targets' | 'diagnostics'>>;

export const together = (found: readonly EntryResolution[]): FoundBeside => ({
  targets: found.flatMap(({ targets = [] }) => targets),
  diagnostics: found.flatMap(({ diagnostics = [] }) => diagnostics),
});

/** A diagnostic without the entry that it is about. */
export type EntryDiagnostic = Diagnostic extends infer D
  ? D extends Diagnostic
    ? Omit<D, 'intent' | 'entry'>
    : never
  : never;

export type EntryOf<K extends AllowEntry['kind']> = Extract<AllowEntry, { kind: K }>;

export const target = (host: string, ports: Ports, aliases: readonly string[] = []): Target => ({
  host,
  ports,
  aliases,
});

/**
 * Reports ports that the host does not have, and ports on which its name can be spoofed. `title` names the host for people; `service` is the Service
 * that registers it, if one does.
 */
export function portDiagnostics(
  title: string,
  host: RegisteredHost,
  ports: Ports,
  service?: Service,
): readonly EntryDiagnostic[] {
  const missing =
    ports === 'every' ? [] : ports.filter((port) => !host.ports.some(({ number }) => number === port));
  const targetPorts = (service?.ports ?? []).flatMap((port) => {
    const { targetPort, number } = port;
    return targetPort !== undefined && !isUdp(port) && missing.includes(targetPort)
      ? [{ targetPort, port: number }]
      : [];
  });
  const namedUdp = (service?.ports ?? [])
    .filter((port) => port.protocol !== 'UDP' && isUdp(port) && missing.includes(port.number))
    .map(({ number }) => number);
  const notFound = {
    code: 'PortNotFound',
    destination: title,
    ports: missing,
    ...(targetPorts.length > 0 && { targetPorts }),
    ...(namedUdp.length > 0 && { namedUdp }),
  } as const;
  return [...(missing.length > 0 ? [notFound] : []), ...spoofableDiagnostics(title, host, ports)];
}

/** The same for a host of a ServiceEntry. */
export function serviceEntryDiagnostics(
  title: string,
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  const registered = registeredBy(entry, host, snapshot);
  return registered === undefined ? [] : portDiagnostics(title, registered, ports);
}

/** Reports a host with a port on which a client that spoofs the name reaches an address of its own choice. */
export function spoofableDiagnostics(
  title: string,
  host: RegisteredHost,
  ports: Ports,
): readonly EntryDiagnostic[] {
  return allowedPorts(ports, host).some((port) => isSpoofable(host, port))
    ? [{ code: 'HostSpoofable', destination: title }]
    : [];
}

/**
 * Leaves out what no Sidecar may say: Istio's webhook would refuse the whole Sidecar. Every kind of entry passes here.
 */
export function nameableOnly(resolution: EntryResolution): EntryResolution {
  const { targets = [], conditional, diagnostics = [] } = resolution;
  const refused = sortedSet(
    [...targets, ...(conditional?.targets ?? [])].map(({ host }) => host).filter((host) => !isNameable(host)),
  );
  if (refused.length === 0) return resolution;
  return {
    ...resolution,
    targets: nameable(targets),
    ...(conditional === undefined
      ? {}
      : { conditional: { ...conditional, targets: nameable(conditional.targets) } }),
    diagnostics: [
      ...diagnostics.filter(
        (found) => found.code !== 'HostSpoofable' || !refused.includes(found.destination),
      ),
      ...refused.map((host): EntryDiagnostic => ({ code: 'HostNotNameable', host })),
    ],
  };
}

const nameable = (targets: readonly Target[]): readonly Target[] =>
  targets.filter(({ host }) => isNameable(host));

/**
 * Says why nothing is found in a namespace that istiod ignores, whatever exists there: that cause takes the place of every object that was
 * not found for it.
 */
export function withUndiscovered(
  resolution: EntryResolution,
  entry: AllowEntry,
  snapshot: Snapshot,
): EntryResolution {
  if (discoversAll(snapshot.mesh)) return resolution;
  const { diagnostics = [] } = resolution;
  const missing = diagnostics.flatMap((found) => namespaceOfMissing(found) ?? []);
  const ignored = new Set(
    [...('namespace' in entry ? [entry.namespace] : []), ...missing].filter((name) =>
      isIgnored(name, snapshot),
    ),
  );
  if (ignored.size === 0) return resolution;
  const configs = snapshot.mesh.configs.map(({ namespace, name }) => `${namespace}/${name}`);
  const others = diagnostics.filter((found) => !ignored.has(namespaceOfMissing(found) ?? ''));
  const causes = [...ignored].map(
    (namespace) => ({ code: 'NamespaceNotDiscovered', namespace, configs }) as const,
  );
  return { ...resolution, diagnostics: [...others, ...causes] };
}

const isIgnored = (name: string, { namespace, cluster, mesh }: Snapshot): boolean =>
  name !== namespace && !isDiscovered(cluster.namespaceLabels(name), mesh);

/** The namespace in which something was not found. */
function namespaceOfMissing(found: EntryDiagnostic): string | undefined {
  if (found.code === 'ServiceNotFound') return found.service.split('/')[0];
  return found.code === 'ServiceEntryNotFound' || found.code === 'NamespaceNotFound'
    ? found.namespace
    : undefined;
}
