// A namespace that is listed as a whole brings its VirtualServices along, and those act on the hosts of every other namespace too.
// One that is for none of its own namespace's hosts is kept out, where this Istio can exclude; what remains is told.
// Source: istio/istio pilot/pkg/model/virtualservice.go, SelectVirtualServices.
import type { Features } from '../../domain/features.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';
import type { Destination } from './destination.ts';
import { namespaceOf } from '../../domain/istio/egress-host.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { visibleRoutes } from '../mesh/visible-routes.ts';
import { serviceNameIn } from '../../domain/istio/service-host.ts';

type ExcludedRoutes = {
  readonly virtualServices: ReadonlySet<VirtualService>;
  /** To be listed wherever their namespace is. */
  readonly exclusions: readonly string[];
};

export function excludedRoutes(
  destinations: readonly Destination[],
  view: MeshView,
  { exclusions: canExclude }: Features,
): ExcludedRoutes {
  const { registry, snapshot } = view;
  const { clusterDomain } = snapshot.settings;
  const namespaces = destinations
    .filter(({ host }) => canExclude && host.endsWith('/*'))
    .map(({ host }) => namespaceOf(host))
    .filter((namespace) => snapshot.cluster.istioConfig(namespace).virtualServices.length > 0);
  if (namespaces.length === 0) return { virtualServices: new Set(), exclusions: [] };
  const named = new Set(destinations.flatMap(({ host, aliases }) => [host, ...aliases]));
  const found = namespaces.flatMap((namespace) => {
    const registered = new Set(registry(`${namespace}/*`).map(({ host }) => host));
    const isForeign = (host: string): boolean =>
      !host.includes('*') &&
      serviceNameIn(namespace, host, clusterDomain) === undefined &&
      !registered.has(host) &&
      !named.has(`${namespace}/${host}`);
    return visibleRoutes(namespace, snapshot)
      .filter(({ names }) => names.length > 0 && names.every(isForeign))
      .map((one) => ({ ...one, exclusions: one.names.map((host) => `~${namespace}/${host}`) }));
  });
  return {
    virtualServices: new Set(found.map(({ virtualService }) => virtualService)),
    exclusions: found.flatMap(({ exclusions }) => exclusions),
  };
}
