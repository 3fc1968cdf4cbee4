// Reads the cluster and records each look-up, so that what a compilation read and what wakes its namespace cannot differ.
import type { ClusterReader, IstioConfig } from './cluster-reader.ts';
import type { Service } from '../domain/kinds/service.ts';
import { lookupKey, type AnywhereKind, type Lookup } from './lookup.ts';

export type RecordingCluster = ClusterReader & {
  /** Every look-up so far, each once, whether it found anything or not. */
  readonly lookups: () => readonly Lookup[];
};

type NamesByNamespace = Map<string, Set<string>>;

// oxlint-disable-next-line max-lines-per-function -- one line or two for each question, and nothing else
export function recordLookups(cluster: ClusterReader): RecordingCluster {
  const namespaces = new Set<string>();
  const registrations = new Set<string>();
  const services: NamesByNamespace = new Map();
  const hosts: NamesByNamespace = new Map();
  const blocks = new Map<string, readonly Service[]>();
  const configs = new Map<string, IstioConfig>();
  const anywhere = new Map<string, Lookup>();
  const recordsHost =
    <T>(kind: AnywhereKind, read: (host: string) => T) =>
    (host: string): T => {
      anywhere.set(lookupKey({ kind, host }), { kind, host });
      return read(host);
    };
  return {
    hasNamespace: (name) => {
      namespaces.add(name);
      return cluster.hasNamespace(name);
    },
    namespaceLabels: (name) => {
      namespaces.add(name);
      return cluster.namespaceLabels(name);
    },
    service: (namespace, name) => {
      record(services, namespace, name);
      return cluster.service(namespace, name);
    },
    servicesInBlock: (block) => {
      const found = blocks.get(block) ?? cluster.servicesInBlock(block);
      blocks.set(block, found);
      return found;
    },
    serviceEntries: (namespace, host) => {
      record(hosts, namespace, host);
      return cluster.serviceEntries(namespace, host);
    },
    serviceEntriesAnywhere: recordsHost('ServiceEntryAnywhere', cluster.serviceEntriesAnywhere),
    serviceEntriesBelow: recordsHost('ServiceEntryBelow', cluster.serviceEntriesBelow),
    virtualServicesAnywhere: recordsHost('VirtualServiceAnywhere', cluster.virtualServicesAnywhere),
    virtualServicesBelow: recordsHost('VirtualServiceBelow', cluster.virtualServicesBelow),
    gatewayRoutesOf: recordsHost('GatewayRoutesOf', cluster.gatewayRoutesOf),
    registrations: (namespace) => {
      registrations.add(namespace);
      return cluster.registrations(namespace);
    },
    istioConfig: (namespace) => {
      const config = configs.get(namespace) ?? cluster.istioConfig(namespace);
      configs.set(namespace, config);
      return config;
    },
    lookups: () => [
      { kind: 'Mesh' }, // which every snapshot holds
      ...[...namespaces].map((name): Lookup => ({ kind: 'Namespace', name })),
      ...[...registrations].map((namespace): Lookup => ({ kind: 'Registrations', namespace })),
      ...anywhere.values(),
      ...[...configs.keys()].map((namespace): Lookup => ({ kind: 'IstioConfig', namespace })),
      ...[...blocks.keys()].map((block): Lookup => ({ kind: 'ClusterIps', block })),
      ...lookupsOf(services, (namespace, name) => ({ kind: 'Service', namespace, name })),
      ...lookupsOf(hosts, (namespace, host) => ({ kind: 'ServiceEntry', namespace, host })),
    ],
  };
}

function record(names: NamesByNamespace, namespace: string, name: string): void {
  const known = names.get(namespace);
  if (known === undefined) names.set(namespace, new Set([name]));
  else known.add(name);
}

const lookupsOf = (
  names: NamesByNamespace,
  lookup: (namespace: string, name: string) => Lookup,
): readonly Lookup[] =>
  [...names].flatMap(([namespace, found]) => [...found].map((name) => lookup(namespace, name)));
