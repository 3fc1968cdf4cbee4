// An `allow` entry of kind namespace: every Service of the namespace, and every ServiceEntry that it exports.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isBelow } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import { serviceHost } from '../../domain/istio/service-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { isVisibleForeign, isVisibleTo, registeredHosts } from '../mesh/service-registry.ts';
import { answeringElsewhere } from './answering-elsewhere.ts';
import { registeredBelowNamespace } from './below-wildcard/below-namespace.ts';
import { grantablePorts, shadowedDiagnostics, shadowingEntry } from './duplicate-registrations.ts';
import { resolveExternalName } from './from-service.ts';
import type { Ports, Target } from './grant.ts';
import { grantedHostPorts, type GrantedHostPorts } from './granted-host-ports.ts';
import {
  spoofableDiagnostics,
  together,
  target,
  type EntryDiagnostic,
  type EntryOf,
  type EntryResolution,
  type FoundBeside,
} from './resolution.ts';
import { takenByRangesOf } from './within-range/granted-ranges.ts';

/**
 * Another namespace is listed as `namespace/*`. With ports, each of its hosts that has one of them is listed instead. ExternalName Services count
 * as Services: what they lead to is granted too.
 */
export function resolveNamespace(
  { namespace, ports: limits }: EntryOf<'namespace'>,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts = grantedHostPorts(snapshot.intents),
): EntryResolution {
  const ports = limits ?? 'every';
  const hosts = registeredHosts(snapshot.cluster.registrations(namespace), snapshot);
  const entries = foreignEntriesOf(namespace, snapshot);
  const own = resolveHosts({ namespace, ports, hosts, entries }, snapshot, grantedPorts);
  const shadowed = new Set(
    entries.flatMap((entry) =>
      entry.hosts.filter((host) => shadowingEntry(entry, host, snapshot) !== undefined),
    ),
  );
  const reached = hosts.filter(({ host }) => !shadowed.has(host));
  const below = registeredBelowNamespace({ namespace, ports, hosts: reached }, snapshot);
  const taken = takenByRangesOf({ namespace, ports }, snapshot);
  return together([own, below, taken]);
}

type GrantedNamespace = {
  readonly namespace: string;
  readonly ports: Ports;
  /** What it registers. */
  readonly hosts: readonly RegisteredHost[];
  /** Its foreign ServiceEntries, if it is that of the snapshot. */
  readonly entries: readonly LiveServiceEntry[];
};

function resolveHosts(
  { namespace, ports, hosts, entries }: GrantedNamespace,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): FoundBeside {
  const { cluster } = snapshot;
  const resolved = aliasesIn(namespace, ports, snapshot, grantedPorts);
  const aliases = resolved.flatMap(({ targets = [] }) => targets);
  const diagnostics: readonly EntryDiagnostic[] = [
    ...(namespace === snapshot.namespace || cluster.hasNamespace(namespace)
      ? []
      : [{ code: 'NamespaceNotFound', namespace } as const]),
    ...hosts.flatMap((host) => spoofableDiagnostics(`${namespace}/${host.host}`, host, ports)),
    ...entries.flatMap((entry) => shadowedDiagnostics(entry, entry.hosts, ports, snapshot)),
    // Any other finding about an alias is for entries that name it.
    ...resolved.flatMap(({ diagnostics: found = [] }) =>
      found.filter(({ code }) => code === 'HostSpoofable'),
    ),
  ];
  if (namespace === snapshot.namespace) {
    const foreign = entries.flatMap((entry) =>
      entry.hosts.map((host) => target(`${namespace}/${host}`, grantablePorts(entry, host, ports, snapshot))),
    );
    return { diagnostics, targets: [...ownNamespaceTargets(ports, hosts, foreign, snapshot), ...aliases] };
  }
  const elsewhere = hosts.flatMap(
    (registered) => answeringElsewhere({ registered, ports, names: [] }, snapshot, grantedPorts) ?? [],
  );
  const replaced = new Set(elsewhere.flatMap(({ replaces }) => replaces));
  const names = ports === 'every' ? ['*'] : hostsWithPort(ports, hosts);
  const own = names
    .filter((name) => !replaced.has(name))
    .map((name) => target(`${namespace}/${name}`, ports));
  return {
    diagnostics: [...diagnostics, ...elsewhere.flatMap((other) => other.diagnostics)],
    targets: [...own, ...elsewhere.flatMap(({ targets }) => targets), ...aliases],
  };
}

/** What the ExternalName Services of a namespace lead to. */
const aliasesIn = (
  namespace: string,
  ports: Ports,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): readonly EntryResolution[] =>
  snapshot.cluster
    .registrations(namespace)
    .services.filter((service) => service.kind === 'external-name' && isVisibleTo(snapshot, service))
    .map((service) => resolveExternalName(service, ports, snapshot, grantedPorts));

const hostsWithPort = (limits: readonly number[], hosts: readonly RegisteredHost[]): readonly string[] =>
  hosts.filter(({ ports }) => ports.some(({ number }) => limits.includes(number))).map(({ host }) => host);

/** Leaves out the managed ServiceEntries of the namespace: each is granted only to the intents that list its host. */
function ownNamespaceTargets(
  ports: Ports,
  hosts: readonly RegisteredHost[],
  foreign: readonly Target[],
  { namespace, settings }: Snapshot,
): readonly Target[] {
  const services = serviceHost('*', namespace, settings.clusterDomain);
  const grantable = foreign.filter((entry) => entry.ports === 'every' || entry.ports.length > 0);
  if (ports === 'every') return [target(`${namespace}/${services}`, 'every'), ...grantable];
  const limited = new Set(hostsWithPort(ports, hosts).map((host) => `${namespace}/${host}`));
  return [
    ...[...limited]
      .filter((host) => isBelow(`${namespace}/${services}`, host))
      .map((host) => target(host, ports)),
    ...grantable.filter(({ host }) => limited.has(host)),
  ];
}

/** Only for the namespace of the snapshot: only there can a managed ServiceEntry shadow a foreign one. */
const foreignEntriesOf = (namespace: string, snapshot: Snapshot): readonly LiveServiceEntry[] =>
  namespace === snapshot.namespace
    ? snapshot.serviceEntries.filter((entry) => isVisibleForeign(entry, snapshot))
    : [];
