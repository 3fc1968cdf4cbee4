// Which VirtualServices a listener imports: those of a namespace of which it lists hosts, if one of these is related to one of theirs. The whole
// VirtualService then applies, to its other hosts too. Source: istio/istio pilot/pkg/model/virtualservice.go, SelectVirtualServices.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { covers, egressHost, isWildcard, partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import {
  areRelated,
  isSpelledInLowerCase,
  routesKey,
  routesNaming,
  visibleRoutes,
  type VisibleRoutes,
} from '../mesh/visible-routes.ts';

/** What a listener lists and excludes of one namespace. */
type ListedNames = {
  readonly exact: ReadonlySet<string>;
  readonly wildcards: readonly string[];
  readonly excluded: readonly string[];
};

/** The names that a listener lists, by namespace. `hosts` are those of the listener, exclusions included. */
function namesByNamespace(hosts: readonly string[]): ReadonlyMap<string, ListedNames> {
  const byNamespace = Map.groupBy(hosts, (host) => partsOf(host.replace(/^~/, '')).namespace);
  return new Map(
    [...byNamespace].map(([namespace, ofNamespace]) => {
      const listed = ofNamespace.filter((host) => !host.startsWith('~')).map((host) => partsOf(host).name);
      const excluded = ofNamespace.filter((host) => host.startsWith('~')).map((host) => partsOf(host).name);
      const exact = new Set(listed.filter((host) => !isWildcard(host)));
      return [namespace, { exact, wildcards: listed.filter(isWildcard), excluded }];
    }),
  );
}

/** True if the names of a namespace import a VirtualService of it. */
const imports = ({ exact, wildcards, excluded }: ListedNames, routes: VisibleRoutes): boolean =>
  routes.names.some(
    (name) =>
      !excluded.some((pattern) => covers(pattern, name)) &&
      (wildcards.includes('*') ||
        (!isUnsayable(name, routes) &&
          (exact.has(name) ||
            wildcards.some((host) => areRelated(host, name)) ||
            (isWildcard(name) && [...exact].some((host) => covers(name, host)))))),
  );

/**
 * True for a name that its owner does not spell in lower case, and that a Sidecar may not say as spelled (`*-API.example.com`): only the whole namespace
 * imports it, since istiod compares letter by letter.
 */
const isUnsayable = (name: string, routes: VisibleRoutes): boolean => {
  const { namespace, spellings } = routes.virtualService;
  return (
    !isSpelledInLowerCase(name, routes) &&
    spellings.some(
      (spelling) => spelling.toLowerCase() === name && !isNameable(egressHost({ namespace, host: spelling })),
    )
  );
};

/** Every VirtualService that one listed host imports, in no particular order. */
export function importedBy(host: string, snapshot: Snapshot): readonly VisibleRoutes[] {
  const { namespace, name } = partsOf(host);
  if (isWildcard(name)) return importedRoutes([host], snapshot);
  const listed: ListedNames = { exact: new Set([name]), wildcards: [], excluded: [] };
  return routesNaming(name, snapshot).filter(
    (routes) => routes.virtualService.namespace === namespace && imports(listed, routes),
  );
}

/** Every VirtualService that a listener with these hosts imports. */
export const importedRoutes = (hosts: readonly string[], snapshot: Snapshot): readonly VisibleRoutes[] =>
  [...namesByNamespace(hosts)].flatMap(([namespace, names]) =>
    visibleRoutes(namespace, snapshot).filter((routes) => imports(names, routes)),
  );

/** Of these VirtualServices, those that a listener with these hosts does not import. */
export function notImported<T extends VisibleRoutes>(
  routes: readonly T[],
  hosts: readonly string[],
  snapshot: Snapshot,
): readonly T[] {
  if (routes.length === 0) return [];
  const imported = new Set(importedRoutes(hosts, snapshot).map(routesKey));
  return routes.filter((each) => !imported.has(routesKey(each)));
}
