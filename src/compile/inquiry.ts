// Asks the cluster by name and notes every question, so that what was read and what will wake us cannot drift apart.
import { lookupKey, type Lookup } from '../domain/lookup.ts';
import type { Cluster, Configuration } from '../domain/model.ts';

export type Inquiry = Cluster & {
  /** Every question so far, each once, found or not. */
  readonly lookups: () => readonly Lookup[];
};

export function inquire(cluster: Cluster): Inquiry {
  const asked = new Map<string, Lookup>();
  asked.set(lookupKey({ kind: 'Mesh' }), { kind: 'Mesh' }); // which every snapshot holds
  const configurations = new Map<string, Configuration>();
  const note = (lookup: Lookup): void => void asked.set(lookupKey(lookup), lookup);
  return {
    hasNamespace: (name) => {
      note({ kind: 'Namespace', name });
      return cluster.hasNamespace(name);
    },
    service: (namespace, name) => {
      note({ kind: 'Service', namespace, name });
      return cluster.service(namespace, name);
    },
    serviceEntries: (namespace, host) => {
      note({ kind: 'ServiceEntry', namespace, host });
      return cluster.serviceEntries(namespace, host);
    },
    contents: (namespace) => {
      note({ kind: 'Contents', namespace });
      return cluster.contents(namespace);
    },
    configuration: (namespace) => {
      const known = configurations.get(namespace);
      if (known !== undefined) return known;
      note({ kind: 'Configuration', namespace });
      const found = cluster.configuration(namespace);
      configurations.set(namespace, found);
      return found;
    },
    lookups: () => [...asked.values()],
  };
}
