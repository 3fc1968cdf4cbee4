// An `allow` entry of kind namespace: every Service of the namespace, and the ServiceEntries that it exports.
import { type Of, addressFindings, target, type Answer, type Finding } from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Inquiry } from '../../cluster/lookup-recorder.ts';
import { registeredBy, isTheirs } from '../mesh/service-registry.ts';
import { hiddenFindings, portsBesideOurs } from './duplicate-registrations.ts';
import type { RegistryHost } from '../../domain/istio/registered-host.ts';
import type { Ports, Target } from './grant.ts';
import { isBelow } from '../../domain/istio/egress-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

/** Another namespace is `namespace/*`, its Services and what it exports. With ports, each of its hosts that has one of them. */
export function namespaceAnswer(
  { namespace, ports: limits }: Of<'namespace'>,
  snapshot: Snapshot,
  inquiry: Inquiry,
): Answer {
  const ports = limits ?? 'every';
  const known = registeredBy(inquiry.contents(namespace), snapshot);
  const theirs = theirsIn(namespace, snapshot);
  const findings: readonly Finding[] = [
    ...(namespace === snapshot.namespace || inquiry.hasNamespace(namespace)
      ? []
      : [{ code: 'NamespaceNotFound', namespace } as const]),
    ...known.flatMap((host) => addressFindings(`${namespace}/${host.host}`, host, ports)),
    ...theirs.flatMap((entry) => hiddenFindings(entry, ports, snapshot, inquiry)),
  ];
  if (namespace === snapshot.namespace) {
    const others = theirs.flatMap((entry) =>
      entry.hosts.map((host) =>
        target(`${namespace}/${host}`, portsBesideOurs(entry, host, ports, snapshot, inquiry)),
      ),
    );
    return { findings, targets: ownTargets(ports, known, others, snapshot) };
  }
  const hosts = limits === undefined ? ['*'] : limitedTo(limits, known);
  return { findings, targets: hosts.map((host) => target(`${namespace}/${host}`, ports)) };
}

const limitedTo = (limits: readonly number[], known: readonly RegistryHost[]): readonly string[] =>
  known.filter(({ ports }) => ports.some(({ number }) => limits.includes(number))).map(({ host }) => host);

/** Of our own namespace we leave out what other intents had registered, which is theirs alone. */
function ownTargets(
  ports: Ports,
  known: readonly RegistryHost[],
  others: readonly Target[],
  { namespace, settings }: Snapshot,
): readonly Target[] {
  const services = `*.${namespace}.svc.${settings.clusterDomain}`;
  const registered = others.filter((one) => one.ports === 'every' || one.ports.length > 0);
  if (ports === 'every') return [target(`${namespace}/${services}`, 'every'), ...registered];
  const limited = new Set(limitedTo(ports, known).map((host) => `${namespace}/${host}`));
  return [
    ...[...limited]
      .filter((host) => isBelow(`${namespace}/${services}`, host))
      .map((host) => target(host, ports)),
    ...registered.filter(({ host }) => limited.has(host)),
  ];
}

/** Entries of other people in our own namespace; of another there is nothing that ours could be beside. */
const theirsIn = (of: string, snapshot: Snapshot): readonly LiveServiceEntry[] =>
  of === snapshot.namespace ? snapshot.serviceEntries.filter((entry) => isTheirs(entry, snapshot)) : [];
