// Which VirtualServices a listener imports: those of a namespace of which it lists hosts, if one of these is related to one of theirs. The whole
// VirtualService then applies, to its other hosts too. Source: istio/istio pilot/pkg/model/virtualservice.go, SelectVirtualServices.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { areRelated, visibleRoutes, type VisibleRoutes } from '../mesh/visible-routes.ts';

/** What a listener lists and excludes of one namespace. */
export type ListedNames = { readonly listed: readonly string[]; readonly excluded: readonly string[] };

/** The names that a listener lists, by namespace. `hosts` are those of the listener, exclusions included. */
export function namesByNamespace(hosts: readonly string[]): ReadonlyMap<string, ListedNames> {
  const byNamespace = Map.groupBy(hosts, (host) => partsOf(host.replace(/^~/, '')).namespace);
  return new Map(
    [...byNamespace].map(([namespace, ofNamespace]) => {
      const [excluded, listed] = [true, false].map((isExclusion) =>
        ofNamespace.filter((host) => host.startsWith('~') === isExclusion).map((host) => partsOf(host).name),
      );
      return [namespace, { listed: listed ?? [], excluded: excluded ?? [] }];
    }),
  );
}

/** True if the names of a namespace import a VirtualService of it. */
export const imports = ({ listed, excluded }: ListedNames, { names }: VisibleRoutes): boolean =>
  names.some(
    (name) =>
      !excluded.some((pattern) => covers(pattern, name)) &&
      listed.some((host) => (isWildcard(host) || isWildcard(name) ? areRelated(host, name) : host === name)),
  );

/** Every VirtualService that a listener with these hosts imports. */
export const importedRoutes = (hosts: readonly string[], snapshot: Snapshot): readonly VisibleRoutes[] =>
  [...namesByNamespace(hosts)].flatMap(([namespace, names]) =>
    visibleRoutes(namespace, snapshot).filter((routes) => imports(names, routes)),
  );
