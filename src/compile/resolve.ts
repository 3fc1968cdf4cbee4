// Turns the entries of one intent into what Istio must be told. Asks the cluster only by name, and notes every question.
import { isExportedTo } from '../domain/cluster.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { Entry, HostPort, Intent } from '../domain/intent.ts';
import type { Lookup } from '../domain/lookup.ts';
import type { Snapshot } from '../domain/model.ts';
import { overlap, type Cidr, type HostName } from '../domain/network.ts';
import { unreachable } from '../domain/result.ts';

/** A destination outside the mesh that needs a ServiceEntry of ours. */
export type External =
  | { readonly kind: 'host'; readonly host: HostName; readonly ports: readonly HostPort[] }
  | { readonly kind: 'cidr'; readonly cidr: Cidr; readonly port: number };

/** One entry, resolved. An entry that is refused has neither hosts nor externals. */
export type Grant = {
  readonly intent: Intent;
  readonly entry: number;
  /** As a Sidecar lists them: `namespace/host`. */
  readonly hosts: readonly string[];
  readonly externals: readonly External[];
};

export type Resolution = {
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
  readonly lookups: readonly Lookup[];
};

type Answer = {
  readonly hosts?: readonly string[];
  readonly externals?: readonly External[];
  readonly findings?: readonly Finding[];
  readonly lookups?: readonly Lookup[];
};

/** A diagnostic before it is known which entry it is about. */
type Finding = Diagnostic extends infer D
  ? D extends Diagnostic
    ? Omit<D, 'intent' | 'entry'>
    : never
  : never;

/** Resolves every entry of an intent; each on its own, so that one that is refused takes no other with it. */
export function resolve(intent: Intent, snapshot: Snapshot): Resolution {
  const answers = intent.allow.map((entry) => answerFor(entry, snapshot));
  return {
    grants: answers.map(({ hosts = [], externals = [] }, entry) => ({ intent, entry, hosts, externals })),
    diagnostics: answers.flatMap(({ findings = [] }, entry) =>
      findings.map((finding): Diagnostic => ({ ...finding, intent: intent.name, entry })),
    ),
    lookups: answers.flatMap(({ lookups = [] }) => lookups),
  };
}

function answerFor(entry: Entry, snapshot: Snapshot): Answer {
  switch (entry.kind) {
    case 'namespace':
      return namespaceAnswer(entry, snapshot);
    case 'service':
      return serviceAnswer(entry, snapshot);
    case 'host':
      return hostAnswer(entry, snapshot);
    case 'serviceEntry':
      return serviceEntryAnswer(entry, snapshot);
    case 'cidr':
      return cidrAnswer(entry, snapshot);
    default:
      return unreachable(entry);
  }
}

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

const refused = (finding: Finding): Answer => ({ findings: [finding] });

/** Another namespace is `namespace/*`, its Services and what it exports. Of our own we leave out what other intents registered. */
function namespaceAnswer({ namespace, ports }: Of<'namespace'>, snapshot: Snapshot): Answer {
  if (ports !== undefined) return refused({ code: 'Unsupported', feature: 'ports of a namespace' });
  if (namespace === snapshot.namespace) return { hosts: ownNamespaceHosts(snapshot) };
  return {
    hosts: [`${namespace}/*`],
    findings: snapshot.cluster.hasNamespace(namespace) ? [] : [{ code: 'NamespaceNotFound', namespace }],
    lookups: [{ kind: 'Namespace', name: namespace }],
  };
}

function ownNamespaceHosts({ namespace, settings, serviceEntries }: Snapshot): readonly string[] {
  const registered = serviceEntries
    .filter((entry) => !entry.managed && isExportedTo(entry.exportTo, namespace, namespace))
    .flatMap(({ hosts }) => hosts);
  return [`*.${namespace}.svc.${settings.clusterDomain}`, ...registered].map(
    (host) => `${namespace}/${host}`,
  );
}

/** A Service that is not there yet is listed all the same: Istio imports nothing, and the call works as soon as it exists. */
function serviceAnswer({ namespace, name, ports }: Of<'service'>, snapshot: Snapshot): Answer {
  if (ports !== undefined) return refused({ code: 'Unsupported', feature: 'ports of a service' });
  const lookups: readonly Lookup[] = [{ kind: 'Service', namespace, name }];
  const hosts = [`${namespace}/${name}.${namespace}.svc.${snapshot.settings.clusterDomain}`];
  const service = snapshot.cluster.service(namespace, name);
  const title = `${namespace}/${name}`;
  if (service === undefined)
    return { hosts, lookups, findings: [{ code: 'ServiceNotFound', service: title }] };
  if (service.kind === 'headless') {
    return { lookups, findings: [{ code: 'Unsupported', feature: 'a headless Service' }] };
  }
  if (service.kind === 'external-name') {
    return { lookups, findings: [{ code: 'Unsupported', feature: 'an ExternalName Service' }] };
  }
  if (!isExportedTo(service.exportTo, namespace, snapshot.namespace)) {
    return { hosts, lookups, findings: [{ code: 'ServiceNotExported', service: title }] };
  }
  return { hosts, lookups };
}

function hostAnswer({ host, ports }: Of<'host'>, snapshot: Snapshot): Answer {
  const { namespace, settings } = snapshot;
  if (host.startsWith('*.')) return refused({ code: 'Unsupported', feature: 'a wildcard host' });
  if (ports.some(({ protocol }) => protocol === 'TCP')) {
    return refused({ code: 'Unsupported', feature: 'a TCP host' });
  }
  if (host.endsWith(`.svc.${settings.clusterDomain}`) || host.endsWith('.svc')) {
    return refused({ code: 'HostInCluster', host });
  }
  const rivals = snapshot.cluster.serviceEntries(namespace, host).filter(({ managed }) => !managed);
  return {
    hosts: [`${namespace}/${host}`],
    externals: [{ kind: 'host', host, ports }],
    findings: rivals.map(({ name }) => ({
      code: 'HostAlsoRegistered',
      host,
      serviceEntry: `${namespace}/${name}`,
    })),
    lookups: [{ kind: 'ServiceEntry', namespace, host }],
  };
}

/** Only somebody else's ServiceEntry counts: one of ours lives and dies with another intent's `host`. */
function serviceEntryAnswer({ namespace, host, ports }: Of<'serviceEntry'>, snapshot: Snapshot): Answer {
  if (ports !== undefined) return refused({ code: 'Unsupported', feature: 'ports of a serviceEntry' });
  const lookups: readonly Lookup[] = [{ kind: 'ServiceEntry', namespace, host }];
  const entries = snapshot.cluster.serviceEntries(namespace, host).filter(({ managed }) => !managed);
  const [first] = entries;
  if (first === undefined) return { lookups, findings: [{ code: 'ServiceEntryNotFound', host, namespace }] };
  const hosts = [`${namespace}/${host}`];
  if (entries.some(({ exportTo }) => isExportedTo(exportTo, namespace, snapshot.namespace))) {
    return { hosts, lookups };
  }
  const serviceEntry = `${namespace}/${first.name}`;
  return { hosts, lookups, findings: [{ code: 'ServiceEntryNotExported', host, namespace, serviceEntry }] };
}

/** Ports of one range are registered apart, so that two apps of a namespace may be given different ones. */
function cidrAnswer({ cidr, ports }: Of<'cidr'>, { settings }: Snapshot): Answer {
  const covered = settings.clusterCidrs.find((range) => overlap(range, cidr));
  return {
    externals: ports.map((port) => ({ kind: 'cidr', cidr, port })),
    findings: covered === undefined ? [] : [{ code: 'CidrInCluster', cidr, clusterCidr: covered }],
  };
}
