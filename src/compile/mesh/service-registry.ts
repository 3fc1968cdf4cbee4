// What the namespace can see of Istio's service registry: Services and ServiceEntries of the cluster, and the ServiceEntries that this
// compilation is about to write, or that stay as they are.
import type { Registrations } from '../../cluster/cluster-reader.ts';
import { createMemo, type Remembering } from '../../cluster/memo/memo.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, isWildcardName, partsOf, wildcardsAbove } from '../../domain/istio/egress-host.ts';
import {
  hostOfService,
  hostsOfServiceEntry,
  type RegisteredHost,
} from '../../domain/istio/registered-host.ts';
import { serviceNameIn } from '../../domain/istio/service-host.ts';
import { exportToByDefault, isEntryExportedTo, isExportedTo } from '../../domain/istio/visibility.ts';
import { featuresOf } from '../../domain/features.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import type { Service } from '../../domain/kinds/service.ts';
import type { RegisteredEntry } from '../held-entries.ts';

/** Every host that a Sidecar imports by an egress host (`namespace/host`); none for a host that does not exist. */
export type ServiceRegistry = (egressHost: string) => readonly RegisteredHost[];

/** A namespace with everything that it sees of the mesh. */
export type MeshView = { readonly snapshot: Snapshot; readonly registry: ServiceRegistry };

type Viewer = Pick<Snapshot, 'namespace' | 'mesh' | 'settings' | 'cluster'>;

/** Before Istio 1.31 the mesh's owner cannot narrow who sees a ServiceEntry. */
export function isVisibleTo(viewer: Viewer, object: Service | LiveServiceEntry): boolean {
  const { namespace, mesh, settings, cluster } = viewer;
  const isNarrowed =
    object.kind === 'ServiceEntry' &&
    featuresOf(settings.istioVersion).serviceEntryVisibility &&
    mesh.configs.some(({ serviceEntryVisibility }) => serviceEntryVisibility !== undefined);
  return isNarrowed
    ? isEntryExportedTo(object, namespace, mesh, cluster.namespaceLabels(object.namespace))
    : isExportedTo(object, namespace, exportToByDefault(mesh, 'Service'));
}

/** True for a foreign ServiceEntry that the namespace can see. */
export const isVisibleForeign = (entry: LiveServiceEntry, viewer: Viewer): boolean =>
  !entry.managed && isVisibleTo(viewer, entry);

/** The hosts of Services and foreign ServiceEntries, without those that the namespace cannot see. */
export function registeredHosts(
  { services, serviceEntries }: Registrations,
  snapshot: Snapshot,
): readonly RegisteredHost[] {
  const { clusterDomain, dnsCapture } = snapshot.settings;
  return [
    ...services
      .filter((service) => isVisibleTo(snapshot, service))
      .flatMap((service) => hostOfService(service, clusterDomain) ?? []),
    ...serviceEntries
      .filter((entry) => isVisibleForeign(entry, snapshot))
      .flatMap((entry) => hostsOfServiceEntry(entry.namespace, entry, dnsCapture)),
  ];
}

/** `entries` are the managed ServiceEntries that count: most live ones are replaced by what is desired. */
export function createServiceRegistry(
  snapshot: Snapshot,
  entries: readonly RegisteredEntry[],
  { tracked, derive }: Remembering = createMemo().begin([]),
): ServiceRegistry {
  const { settings, cluster } = snapshot;
  const managed = entries.flatMap(({ name, spec }) =>
    derive('hosts of ServiceEntry', [name, ...spec.hosts].join(' '), [spec], () =>
      hostsOfServiceEntry(snapshot.namespace, { addresses: [], managed: true, ...spec }, settings.dnsCapture),
    ),
  );
  const managedBelow = tracked(
    'managed hosts',
    derive('managed hosts by name', '', managed, () => byCoveringName(managed)),
  );
  return (egressHost) => {
    const { namespace, name } = partsOf(egressHost);
    const hosts = snapshot.run.derive('hosts of others', egressHost, [], () =>
      hostsOfOthers(namespace, name),
    );
    const own = namespace === snapshot.namespace ? managedBelow(name) : [];
    return own.length === 0 ? hosts : [...hosts, ...own];
  };

  function hostsOfOthers(namespace: string, name: string): readonly RegisteredHost[] {
    const isPattern = isWildcardName(name);
    const registrations = isPattern ? cluster.registrations(namespace) : registrationsOf(namespace, name);
    return registeredHosts(registrations, snapshot).filter(({ host }) => covers(name, host));
  }

  function registrationsOf(namespace: string, host: string): Registrations {
    const name = serviceNameIn(namespace, host, settings.clusterDomain);
    const service = name === undefined ? undefined : cluster.service(namespace, name);
    return {
      services: service === undefined ? [] : [service],
      serviceEntries: cluster.serviceEntries(namespace, host),
    };
  }
}

/** The hosts that a name covers (`covers`), in their order. Each compilation asks this of every host: `nameIndex`, which can do more, takes twice the time. */
function byCoveringName(hosts: readonly RegisteredHost[]): (name: string) => readonly RegisteredHost[] {
  const named = hosts.flatMap((registered) =>
    [registered.host, ...wildcardsAbove(registered.host)].map((name) => ({ name, registered })),
  );
  const byName = Map.groupBy(named, ({ name }) => name);
  return (name) => (name === '*' ? hosts : (byName.get(name) ?? []).map(({ registered }) => registered));
}
