// Turns the entries of one intent into what Istio must be told. Asks the cluster only by name.
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { Entry, Intent } from '../domain/intent.ts';
import type { LiveServiceEntry } from '../domain/istio.ts';
import type { Snapshot } from '../domain/model.ts';
import { overlap } from '../domain/network.ts';
import { registryOfService, type RegistryHost } from '../domain/registry.ts';
import { unreachable } from '../domain/result.ts';
import { resolveAlias } from './alias.ts';
import {
  addressFindings,
  entryFindings,
  portFindings,
  target,
  type Answer,
  type Finding,
  type Later,
} from './answer.ts';
import { oldestIntentFirst, type Grant, type Ports, type Target } from './grant.ts';
import { isBelow } from './hosts.ts';
import { resolveHost } from './external.ts';
import type { Inquiry } from './inquiry.ts';
import { isTheirs, isVisibleTo, registeredBy } from './registry.ts';
import { hiddenFindings, portsBesideOurs } from './twins.ts';

export type Resolution = {
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
};

/** Resolves every entry of an intent; each on its own, so that one that is refused takes no other with it. */
export function resolve(intent: Intent, snapshot: Snapshot, inquiry: Inquiry): Resolution {
  const answers = intent.allow.map((entry) => answerFor(entry, snapshot, inquiry));
  return {
    grants: answers.flatMap(({ targets = [], externals = [], later }, entry) => [
      { intent, entry, since: intent, targets, externals },
      ...(later === undefined ? [] : [laterGrant(intent, entry, later)]),
    ]),
    diagnostics: answers.flatMap(({ findings = [] }, entry) =>
      findings.map((finding): Diagnostic => ({ ...finding, intent: intent.name, entry })),
    ),
  };
}

/** Of the age of the younger of the two. */
function laterGrant(intent: Intent, entry: number, { since, ...rest }: Later): Grant {
  const younger = oldestIntentFirst(intent, since) < 0 ? since : intent;
  return { intent, entry, since: younger, ...rest };
}

function answerFor(entry: Entry, snapshot: Snapshot, inquiry: Inquiry): Answer {
  switch (entry.kind) {
    case 'namespace':
      return namespaceAnswer(entry, snapshot, inquiry);
    case 'service':
      return serviceAnswer(entry, snapshot, inquiry);
    case 'host':
      return resolveHost(entry, snapshot, inquiry);
    case 'serviceEntry':
      return serviceEntryAnswer(entry, snapshot, inquiry);
    case 'cidr':
      return cidrAnswer(entry, snapshot);
    default:
      return unreachable(entry);
  }
}

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

/** Another namespace is `namespace/*`, its Services and what it exports. With ports, each of its hosts that has one of them. */
function namespaceAnswer(
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

/** A Service that is not there yet is listed all the same: Istio imports nothing, and the call works as soon as it exists. */
function serviceAnswer(
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

/** Only somebody else's ServiceEntry counts: one of ours lives and dies with another intent's `host`. */
function serviceEntryAnswer(
  { namespace, host, ports: limits }: Of<'serviceEntry'>,
  snapshot: Snapshot,
  inquiry: Inquiry,
): Answer {
  const entries = inquiry.serviceEntries(namespace, host).filter(({ managed }) => !managed);
  const [first] = entries;
  if (first === undefined) return { findings: [{ code: 'ServiceEntryNotFound', host, namespace }] };
  const ports = limits ?? 'every';
  const visible = entries.find((entry) => isVisibleTo(snapshot, entry));
  if (visible === undefined) {
    const targets = [target(`${namespace}/${host}`, ports)];
    const serviceEntry = `${namespace}/${first.name}`;
    return { targets, findings: [{ code: 'ServiceEntryNotExported', host, namespace, serviceEntry }] };
  }
  const title = `${namespace}/${host}`;
  const targets = [target(title, portsBesideOurs(visible, host, ports, snapshot, inquiry))];
  const findings = entryFindings(title, visible, host, ports, snapshot.settings);
  return { targets, findings: [...findings, ...hiddenFindings(visible, ports, snapshot, inquiry)] };
}

/** Ports of one range are registered apart, so that two apps of a namespace may be given different ones. */
function cidrAnswer({ cidr, ports }: Of<'cidr'>, { settings }: Snapshot): Answer {
  const covered = settings.clusterCidrs.find((range) => overlap(range, cidr));
  return {
    externals: ports.map((port) => ({ kind: 'cidr', cidr, port })),
    findings: covered === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr: covered }],
  };
}
