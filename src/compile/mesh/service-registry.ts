// What is known of a host as a Sidecar lists it: what stands in the cluster, and what we are about to write ourselves.
import { type Service } from '../../domain/kinds/service.ts';
import type { Registrations, Snapshot } from '../../cluster/snapshot.ts';
import {
  hostsOfServiceEntry,
  hostOfService,
  type RegisteredHost,
} from '../../domain/istio/registered-host.ts';
import { covers, partsOf } from '../../domain/istio/egress-host.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { isExportedTo, exportToByDefault } from '../../domain/istio/visibility.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry } from '../compilation.ts';

/** Everything that a listed host would import, as far as it is known; nothing for what does not exist. */
export type ServiceRegistry = (listed: string) => readonly RegisteredHost[];

/** A namespace, and what the mesh says of all. */
type Viewer = Pick<Snapshot, 'namespace' | 'mesh'>;

/** Whether the namespace can see a Service, or a ServiceEntry. */
export const isVisibleTo = (
  { namespace, mesh }: Viewer,
  object: Pick<Service | LiveServiceEntry, 'namespace' | 'exportTo'>,
): boolean => isExportedTo(object, namespace, exportToByDefault(mesh, 'Service'));

/** Whether somebody else registered it, where the namespace can see it. */
export const isVisibleForeign = (entry: LiveServiceEntry, viewer: Viewer): boolean =>
  !entry.managed && isVisibleTo(viewer, entry);

/** What these objects tell a namespace of; those that it cannot see, and ours, tell it nothing. */
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

/** A host of the mesh by its Service, or whatever is registered under the name; `desired` is what we write ourselves. */
export function createServiceRegistry(
  snapshot: Snapshot,
  inquiry: RecordingCluster,
  desired: readonly DesiredServiceEntry[],
): ServiceRegistry {
  const { namespace: own, settings } = snapshot;
  const ours = desired.flatMap(({ spec }) =>
    hostsOfServiceEntry(own, { addresses: [], managed: true, ...spec }, settings.dnsCapture),
  );
  const oursByHost = Map.groupBy(ours, ({ host }) => host);
  const answers = new Map<string, readonly RegisteredHost[]>();
  return (listed) => {
    const known = answers.get(listed) ?? ask(listed);
    answers.set(listed, known);
    return known;
  };

  function ask(listed: string): readonly RegisteredHost[] {
    const { namespace, name } = partsOf(listed);
    const isPattern = name.startsWith('*');
    const contents = isPattern ? inquiry.registrations(namespace) : named(namespace, name);
    const known = registeredHosts(contents, snapshot);
    if (namespace !== own) return known.filter(({ host }) => covers(name, host));
    return [...known, ...(isPattern ? ours : (oursByHost.get(name) ?? []))].filter(({ host }) =>
      covers(name, host),
    );
  }

  function named(namespace: string, host: string): Registrations {
    const suffix = `.${namespace}.svc.${settings.clusterDomain}`;
    const service = host.endsWith(suffix)
      ? inquiry.service(namespace, host.slice(0, -suffix.length))
      : undefined;
    return {
      services: service === undefined ? [] : [service],
      serviceEntries: inquiry.serviceEntries(namespace, host),
    };
  }
}
