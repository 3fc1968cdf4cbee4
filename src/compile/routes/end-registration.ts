// Which registration of a host answers where a route leads to it, or where a listener lists its name for a route. Source: istio/istio
// pilot/pkg/model/sidecar.go, collectImportedServices and pickBestVisibleNamespace.
import { egressHost, isWildcard } from '../../domain/istio/egress-host.ts';
import { protocolOfWord } from '../../domain/istio/port-protocol.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import {
  hostOfService,
  hostOfServiceEntry,
  type RegisteredHost,
} from '../../domain/istio/registered-host.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';
import type { Labels } from '../../domain/labels.ts';
import { answersBefore, entriesFoundByName } from '../mesh/answering-entry.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { serviceAt } from '../mesh/service-names.ts';
import { isVisibleForeign, isVisibleTo, type MeshView } from '../mesh/service-registry.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';
import type { CarryingListener } from './carried-names.ts';
import type { Destination } from '../sidecar/destination.ts';

/**
 * The registrations of which Istio takes one for an end that no listener lists: of the caller's namespace, else a Service, else the oldest, which may be
 * several. None where each namespace has an older one that the caller may not see (`hiddenRegistration`).
 */
export function inferredRegistrations(
  host: string,
  { snapshot, registry }: MeshView,
): readonly RegisteredHost[] {
  const { clusterDomain, dnsCapture } = snapshot.settings;
  const own = registry(egressHost({ namespace: snapshot.namespace, host })).slice(0, 1);
  if (own.length > 0) return own;
  const service = serviceAt(host, snapshot);
  const visible = service !== undefined && isVisibleTo(snapshot, service);
  const known = visible ? hostOfService(service, clusterDomain) : undefined;
  if (known !== undefined) return [known];
  const entries = entriesFoundByName(host, snapshot).filter(
    (entry) => entry.namespace !== service?.namespace && isVisibleForeign(entry, snapshot),
  );
  return entries
    .filter(({ creationTimestamp }) => creationTimestamp === entries[0]?.creationTimestamp)
    .flatMap((entry) => hostOfServiceEntry(entry.namespace, entry, host, dnsCapture) ?? []);
}

/** What Istio finds of a namespace by the name of a host instead of a ServiceEntry that the caller may see, with its kind. */
export function hiddenRegistration(host: string, namespace: string, snapshot: Snapshot): string {
  const service = serviceAt(host, snapshot);
  if (service?.namespace === namespace) return `Service ${namespace}/${service.name}`;
  const entry = entriesFoundByName(host, snapshot).find((each) => each.namespace === namespace);
  return `ServiceEntry ${namespace}/${entry?.name ?? ''}`;
}

/** The hosts to which a VirtualService may send calls of the pods, mirrors included. */
export const endHosts = (
  virtualService: VirtualService,
  selector: Labels,
  snapshot: Snapshot,
): readonly string[] => [
  ...new Set(
    applicableRoutes(virtualService, selector, snapshot)
      .flatMap(({ destinations }) => destinations)
      .map(({ host }) => host),
  ),
];

/** A host as a Sidecar lists it, and the destination that grants it. */
type Displaced = { readonly destination: Destination; readonly host: string };

/**
 * The host that a later listener lists under the same name as the end of a route that a listener imports, if Istio then does not use it: Istio keeps
 * the registration that it finds first.
 */
export function displacedBy(
  end: string,
  importing: CarryingListener,
  listeners: readonly CarryingListener[],
  view: MeshView,
): Displaced | undefined {
  const first = listeners.findIndex(({ served }) => served.has(end));
  const carried = listeners[first]?.served.get(end);
  if (carried === undefined || first <= listeners.indexOf(importing)) return undefined;
  const number = importing.listener.spec.port?.number;
  const inferred = inferredRegistrations(end, view).filter(
    ({ ports }) => number === undefined || ports.some((port) => port.number === number),
  );
  const isOther = inferred.some(
    ({ namespace, udpFirst }) => namespace !== carried.provider || udpFirst.length > 0,
  );
  return isOther
    ? { destination: carried.destination, host: egressHost({ namespace: carried.provider, host: end }) }
    : undefined;
}

/** True if Istio still uses the registration of the provider where a listener lists the name under the other namespace too. */
export function keepsRegistration(
  name: string,
  provider: string,
  others: readonly RegisteredHost[],
  { spec }: ScopeListener,
  { snapshot }: MeshView,
): boolean {
  const isTcp = protocolOfWord(spec.port?.protocol ?? '').class === 'tcp';
  if (isTcp || isWildcard(name)) return false;
  if (provider === snapshot.namespace) return true;
  return others.every(
    ({ managed, namespace }) => !managed && answersBefore(name, provider, namespace, snapshot),
  );
}
