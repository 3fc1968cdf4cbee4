// Asks the cluster by name and notes every question, so that what was read and what will wake us cannot drift apart.
import { lookupKey, type Lookup } from '../domain/lookup.ts';
import type { Cluster } from '../domain/model.ts';

export type Inquiry = Cluster & {
  /** Every question so far, each once, found or not. */
  readonly lookups: () => readonly Lookup[];
};

export function inquire(cluster: Cluster): Inquiry {
  const asked = new Map<string, Lookup>();
  asked.set(lookupKey({ kind: 'Mesh' }), { kind: 'Mesh' }); // which every snapshot holds
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
      note({ kind: 'Configuration', namespace });
      return cluster.configuration(namespace);
    },
    lookups: () => [...asked.values()],
  };
}
