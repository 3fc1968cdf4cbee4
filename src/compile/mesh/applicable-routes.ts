// The routes of a VirtualService that apply to pods, with those of its delegates.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { RegisteredPort } from '../../domain/istio/registered-host.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import { exportToByDefault, isExportedTo } from '../../domain/istio/visibility.ts';
import type { Route, VirtualService } from '../../domain/kinds/virtual-service.ts';
import { excludes, type Labels } from '../../domain/labels.ts';

/** The routes that may apply to a pod with these labels among others. Destinations have their full names. */
export function applicableRoutes(
  { namespace, routes }: VirtualService,
  selector: Labels,
  snapshot: Snapshot,
): readonly Route[] {
  return routes.flatMap((route) => {
    const matches = route.matches.filter(
      ({ sourceNamespace, sourceLabels }) =>
        (sourceNamespace === '' || sourceNamespace === snapshot.namespace) &&
        !excludes(sourceLabels, selector),
    );
    if (route.matches.length > 0 && matches.length === 0) return [];
    const delegated = delegatedRoutes(route, namespace, snapshot).map((each) => ({ ...each, matches }));
    return [{ ...withFullNames(route, namespace, snapshot), matches }, ...delegated];
  });
}

/** Istio leaves out a delegate that its root cannot see. Source: istio/istio pilot/pkg/model/virtualservice.go, mergeVirtualServicesIfNeeded. */
function delegatedRoutes({ delegate }: Route, root: string, snapshot: Snapshot): readonly Route[] {
  if (delegate === undefined) return [];
  const byDefault = exportToByDefault(snapshot.mesh, 'VirtualService');
  return snapshot.cluster
    .istioConfig(delegate.namespace)
    .virtualServices.filter((each) => each.name === delegate.name && isExportedTo(each, root, byDefault))
    .flatMap(({ namespace, routes }) => routes.map((route) => withFullNames(route, namespace, snapshot)));
}

/** Short names mean Services of the namespace of the VirtualService that holds the route. */
const withFullNames = (route: Route, namespace: string, { settings }: Snapshot): Route => ({
  ...route,
  destinations: route.destinations.map(({ host, port }) => ({
    host: fullName(host, namespace, settings),
    port,
  })),
});

/** True if the route applies to calls on a port, as far as its matches and the protocol of the port say. A sniffed port may carry any protocol. */
export const appliesToPort = (route: Route, { number, class: portClass }: RegisteredPort): boolean =>
  (portClass === 'auto' || portClass === route.protocol) && matchesNumber(route, number);

/** The same for a port number, whatever its protocol. */
export const matchesNumber = ({ matches }: Route, number: number): boolean =>
  matches.length === 0 || matches.some(({ port }) => port === undefined || port === number);
