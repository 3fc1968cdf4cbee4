// The ports that a host of a namespace will have once a plan is carried out.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isVisibleForeign } from '../../compile/mesh/service-registry.ts';
import { hostsOfServiceEntry } from '../../domain/istio/registered-host.ts';
import { once } from '../../domain/once.ts';
import { isReadByAll } from '../../domain/istio/revision.ts';
import type { ServiceEntryPort } from '../../domain/kinds/service-entry.ts';
import type { PlannedServiceEntry } from '../steps.ts';

/** By our ServiceEntries, and by those of others in the namespace that answer its calls. */
export type FinalPorts = {
  readonly managed: (host: string) => readonly ServiceEntryPort[];
  readonly foreign: (host: string) => readonly { readonly number: number }[];
};

export function finalPortsOf(planned: readonly PlannedServiceEntry[], snapshot: Snapshot): FinalPorts {
  const byHost = Map.groupBy(planned, ({ spec }) => spec.hosts[0]);
  return {
    managed: (host) => (byHost.get(host) ?? []).flatMap(({ spec: { ports } }) => ports),
    foreign: foreignPorts(snapshot),
  };
}

/** Most plans ask nothing. */
function foreignPorts(snapshot: Snapshot): FinalPorts['foreign'] {
  const byHost = once(() =>
    Map.groupBy(
      snapshot.serviceEntries
        .filter((entry) => isVisibleForeign(entry, snapshot) && isReadByAll(entry.labels, snapshot.mesh))
        .flatMap((entry) => hostsOfServiceEntry(entry.namespace, entry, snapshot.settings.dnsCapture)),
      ({ host }) => host,
    ),
  );
  return (host) => (byHost().get(host) ?? []).flatMap(({ ports }) => ports);
}
