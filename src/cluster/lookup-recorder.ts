// Reads the cluster and records each look-up, so that what a compilation read and what wakes its namespace cannot differ.
import { haveSameElements } from './memo/same-elements.ts';
import type { ClusterReader, IstioConfig, Registrations } from './cluster-reader.ts';
import { lookupKey, type AnywhereKind, type Lookup } from './lookup.ts';
import type { Run } from './memo/memo.ts';

export type RecordingCluster = ClusterReader & {
  /** The key of every look-up so far, each once, whether it found anything or not. */
  readonly lookups: () => readonly string[];
};

/** Every snapshot depends on the mesh, which `assemble` reads itself. */
const MESH = lookupKey({ kind: 'Mesh' });

export function recordLookups(cluster: ClusterReader, run: Run): RecordingCluster {
  const ofNamespace = { lookupOf: (name: string): Lookup => ({ kind: 'Namespace', name }) };
  const anywhere = <T>(kind: AnywhereKind, read: (host: string) => readonly T[]) =>
    run.tracked(kind, read, { lookupOf: (host: string): Lookup => ({ kind, host }) });
  return {
    hasNamespace: run.tracked('has Namespace', cluster.hasNamespace, ofNamespace),
    namespaceLabels: run.tracked('labels of Namespace', cluster.namespaceLabels, ofNamespace),
    service: run.tracked('Service', cluster.service, {
      lookupOf: (namespace, name) => ({ kind: 'Service', namespace, name }),
    }),
    servicesInBlock: run.tracked('ClusterIps', cluster.servicesInBlock, {
      lookupOf: (block) => ({ kind: 'ClusterIps', block }),
    }),
    serviceEntries: run.tracked('ServiceEntry', cluster.serviceEntries, {
      lookupOf: (namespace, host) => ({ kind: 'ServiceEntry', namespace, host }),
    }),
    serviceEntriesAnywhere: anywhere('ServiceEntryAnywhere', cluster.serviceEntriesAnywhere),
    serviceEntriesBelow: anywhere('ServiceEntryBelow', cluster.serviceEntriesBelow),
    virtualServicesAnywhere: anywhere('VirtualServiceAnywhere', cluster.virtualServicesAnywhere),
    virtualServicesBelow: anywhere('VirtualServiceBelow', cluster.virtualServicesBelow),
    gatewayRoutesOf: anywhere('GatewayRoutesOf', cluster.gatewayRoutesOf),
    registrations: run.tracked('Registrations', cluster.registrations, {
      lookupOf: (namespace) => ({ kind: 'Registrations', namespace }),
      same: areSameRegistrations,
    }),
    istioConfig: run.tracked('IstioConfig', cluster.istioConfig, {
      lookupOf: (namespace) => ({ kind: 'IstioConfig', namespace }),
      same: areSameConfigs,
    }),
    lookups: () => [MESH, ...run.lookups()],
  };
}

const areSameRegistrations = (a: Registrations, b: Registrations): boolean =>
  haveSameElements(a.services, b.services) && haveSameElements(a.serviceEntries, b.serviceEntries);

const areSameConfigs = (a: IstioConfig, b: IstioConfig): boolean =>
  haveSameElements(Object.keys(a), Object.keys(b)) &&
  Object.values(a).every((objects, index) => haveSameElements(objects, Object.values(b)[index] ?? []));
