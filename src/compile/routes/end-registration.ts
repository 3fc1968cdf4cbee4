// Which registration of a host answers where a route leads to it. Source: istio/istio pilot/pkg/model/sidecar.go, collectImportedServices and
// pickBestVisibleNamespace.
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import { serviceOfHost } from '../../domain/istio/service-host.ts';
import { oldestVisibleEntry } from '../mesh/answering-entry.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { carriedNames } from './carried-names.ts';
import type { ScopeListener } from '../sidecar/egress-listeners.ts';

/** The registration that Istio takes for an end that no listener lists: of the caller's namespace, else a Service, else the oldest. */
export function inferredRegistration(
  host: string,
  { snapshot, registry }: MeshView,
): RegisteredHost | undefined {
  const of = (namespace: string): RegisteredHost | undefined => registry(egressHost({ namespace, host }))[0];
  const own = of(snapshot.namespace);
  if (own !== undefined) return own;
  const [, namespace] = serviceOfHost(host, snapshot.settings.clusterDomain) ?? [];
  const service = namespace === undefined ? undefined : of(namespace);
  if (service !== undefined) return service;
  const oldest = oldestVisibleEntry(host, snapshot);
  return oldest === undefined ? undefined : of(oldest.namespace);
}

/** A listener that carries the host, and its registration there. */
type Carried = { readonly index: number; readonly namespace: string };

/** The first listener that carries a host under this name. */
function firstCarrying(
  host: string,
  listeners: readonly ScopeListener[],
  { registry }: MeshView,
): Carried | undefined {
  for (const [index, listener] of listeners.entries()) {
    const found = carriedNames(listener, registry).find(
      ({ name, ports }) => name === host && ports.length > 0,
    );
    if (found !== undefined) return { index, namespace: found.provider };
  }
  return undefined;
}

/**
 * True if a route that a listener imports would bring in another registration of a host than the one that a later listener lists: Istio keeps the
 * first, so the listed one would get no clusters.
 */
export function bringsOtherRegistration(
  host: string,
  listener: ScopeListener,
  listeners: readonly ScopeListener[],
  view: MeshView,
): boolean {
  const carried = firstCarrying(host, listeners, view);
  if (carried === undefined || carried.index <= listeners.indexOf(listener)) return false;
  const inferred = inferredRegistration(host, view);
  return inferred !== undefined && inferred.namespace !== carried.namespace;
}
