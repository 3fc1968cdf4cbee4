// An `allow` entry of kind namespace: every Service of the namespace, and the ServiceEntries that it exports.
import {
  type EntryOf,
  spoofableDiagnostics,
  target,
  type EntryResolution,
  type EntryDiagnostic,
} from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { registeredHosts, isVisibleForeign } from '../mesh/service-registry.ts';
import { shadowedDiagnostics, grantablePorts } from './duplicate-registrations.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { Ports, Target } from './grant.ts';
import { isBelow } from '../../domain/istio/egress-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

/** Another namespace is `namespace/*`, its Services and what it exports. With ports, each of its hosts that has one of them. */
export function resolveNamespace(
  { namespace, ports: limits }: EntryOf<'namespace'>,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): EntryResolution {
  const ports = limits ?? 'every';
  const known = registeredHosts(inquiry.registrations(namespace), snapshot);
  const theirs = foreignEntriesOf(namespace, snapshot);
  const findings: readonly EntryDiagnostic[] = [
    ...(namespace === snapshot.namespace || inquiry.hasNamespace(namespace)
      ? []
      : [{ code: 'NamespaceNotFound', namespace } as const]),
    ...known.flatMap((host) => spoofableDiagnostics(`${namespace}/${host.host}`, host, ports)),
    ...theirs.flatMap((entry) => shadowedDiagnostics(entry, ports, snapshot, inquiry)),
  ];
  if (namespace === snapshot.namespace) {
    const others = theirs.flatMap((entry) =>
      entry.hosts.map((host) =>
        target(`${namespace}/${host}`, grantablePorts(entry, host, ports, snapshot, inquiry)),
      ),
    );
    return { diagnostics: findings, targets: ownTargets(ports, known, others, snapshot) };
  }
  const hosts = limits === undefined ? ['*'] : hostsWithPort(limits, known);
  return { diagnostics: findings, targets: hosts.map((host) => target(`${namespace}/${host}`, ports)) };
}

const hostsWithPort = (limits: readonly number[], known: readonly RegisteredHost[]): readonly string[] =>
  known.filter(({ ports }) => ports.some(({ number }) => limits.includes(number))).map(({ host }) => host);

/** Of our own namespace we leave out what other intents had registered, which is theirs alone. */
function ownTargets(
  ports: Ports,
  known: readonly RegisteredHost[],
  others: readonly Target[],
  { namespace, settings }: Snapshot,
): readonly Target[] {
  const services = `*.${namespace}.svc.${settings.clusterDomain}`;
  const registered = others.filter((one) => one.ports === 'every' || one.ports.length > 0);
  if (ports === 'every') return [target(`${namespace}/${services}`, 'every'), ...registered];
  const limited = new Set(hostsWithPort(ports, known).map((host) => `${namespace}/${host}`));
  return [
    ...[...limited]
      .filter((host) => isBelow(`${namespace}/${services}`, host))
      .map((host) => target(host, ports)),
    ...registered.filter(({ host }) => limited.has(host)),
  ];
}

/** Entries of other people in our own namespace; of another there is nothing that ours could be beside. */
const foreignEntriesOf = (of: string, snapshot: Snapshot): readonly LiveServiceEntry[] =>
  of === snapshot.namespace
    ? snapshot.serviceEntries.filter((entry) => isVisibleForeign(entry, snapshot))
    : [];
