// Asks the cluster by name and notes every question, so that what was read and what will wake us cannot drift apart.
import type { Lookup } from './lookup.ts';
import type { Cluster, IstioConfig } from './snapshot.ts';

export type RecordingCluster = Cluster & {
  /** Every question so far, each once, found or not. */
  readonly lookups: () => readonly Lookup[];
};

/** Names by namespace. */
type Names = Map<string, Set<string>>;

export function recordLookups(cluster: Cluster): RecordingCluster {
  const namespaces = new Set<string>();
  const contents = new Set<string>();
  const services: Names = new Map();
  const hosts: Names = new Map();
  const configurations = new Map<string, IstioConfig>();
  return {
    hasNamespace: (name) => {
      namespaces.add(name);
      return cluster.hasNamespace(name);
    },
    service: (namespace, name) => {
      note(services, namespace, name);
      return cluster.service(namespace, name);
    },
    serviceEntries: (namespace, host) => {
      note(hosts, namespace, host);
      return cluster.serviceEntries(namespace, host);
    },
    registrations: (namespace) => {
      contents.add(namespace);
      return cluster.registrations(namespace);
    },
    istioConfig: (namespace) => {
      const found = configurations.get(namespace) ?? cluster.istioConfig(namespace);
      configurations.set(namespace, found);
      return found;
    },
    lookups: () => [
      { kind: 'Mesh' }, // which every snapshot holds
      ...[...namespaces].map((name): Lookup => ({ kind: 'Namespace', name })),
      ...[...contents].map((namespace): Lookup => ({ kind: 'Contents', namespace })),
      ...[...configurations.keys()].map((namespace): Lookup => ({ kind: 'Configuration', namespace })),
      ...each(services, (namespace, name) => ({ kind: 'Service', namespace, name })),
      ...each(hosts, (namespace, host) => ({ kind: 'ServiceEntry', namespace, host })),
    ],
  };
}

function note(names: Names, namespace: string, name: string): void {
  const known = names.get(namespace);
  if (known === undefined) names.set(namespace, new Set([name]));
  else known.add(name);
}

const each = (names: Names, lookup: (namespace: string, name: string) => Lookup): readonly Lookup[] =>
  [...names].flatMap(([namespace, own]) => [...own].map((name) => lookup(namespace, name)));
