// A Sidecar that lists a whole namespace also imports the VirtualServices of the namespace, which act on hosts of other namespaces too. A
// VirtualService for none of its own namespace's hosts is excluded, where this version of Istio can; the rest is reported as interference.
// Source: istio/istio pilot/pkg/model/virtualservice.go, SelectVirtualServices.
import type { Features } from '../../domain/features.ts';
import { namespaceOf } from '../../domain/istio/egress-host.ts';
import { serviceNameIn } from '../../domain/istio/service-host.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { visibleRoutes } from '../mesh/visible-routes.ts';
import type { Destination } from './destination.ts';

type ExcludedRoutes = {
  readonly virtualServices: ReadonlySet<VirtualService>;
  /** To be listed wherever their namespace is: `~namespace/host`. */
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
  const listed = new Set(destinations.flatMap(({ host, aliases }) => [host, ...aliases]));
  const excluded = namespaces.flatMap((namespace) => {
    const registered = new Set(registry(`${namespace}/*`).map(({ host }) => host));
    const isOfOtherNamespace = (host: string): boolean =>
      !host.includes('*') &&
      serviceNameIn(namespace, host, clusterDomain) === undefined &&
      !registered.has(host) &&
      !listed.has(`${namespace}/${host}`);
    return visibleRoutes(namespace, snapshot)
      .filter(({ names }) => names.length > 0 && names.every(isOfOtherNamespace))
      .map(({ virtualService, names }) => ({
        virtualService,
        exclusions: names.map((host) => `~${namespace}/${host}`),
      }));
  });
  return {
    virtualServices: new Set(excluded.map(({ virtualService }) => virtualService)),
    exclusions: excluded.flatMap(({ exclusions }) => exclusions),
  };
}
